import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { membersOf } from '../crowds/members.ts';

export const UNKNOWN_HOST = 'unknown';

/**
 * Selects the votes of an issue that a decision of staff applies to: those that match every given condition. At least
 * one condition is needed.
 */
export interface VoteGroup {
  /** The reason the votes are held. */
  reason?: string | undefined;
  tool_slug?: string | undefined;
  /** `UNKNOWN_HOST` for readers whose mail host nobody knows. */
  mail_host?: string | undefined;
  /** The name of a crowd. */
  crowd?: string | undefined;
}

type Conditions = Record<'reason' | 'tool_slug' | 'mail_host' | 'crowd', string | null>;
export type DecidedGroup = Conditions & { issue_id: number; decision: 'release' | 'void' };

export interface VoteKey {
  voter_key: Buffer;
  tool_slug: string;
}

/** Throws `invalid_input` for conditions that do not name a group, or if the decision has no explanation. */
export function requireGroup(conditions: Conditions, why: string): void {
  if (Object.values(conditions).every((condition) => condition === null)) {
    throw new AppError('invalid_input', 'Specify which votes: by reason, tool, mail host or crowd.');
  }
  if (conditions.reason === 'one origin') {
    throw new AppError(
      'invalid_input',
      'A crowd is decided as a whole: name it as `verdicts votes crowds` does.',
    );
  }
  if (why.trim() === '') {
    throw new AppError('invalid_input', 'Say why: the explanation is stored with the decision.');
  }
}

/**
 * Counts votes as `listHeld` lists them. A vote of a reader whose mail host became known between two casts is in one
 * group there, although `findVotes` finds it in two.
 */
export async function countHeld(tx: Tx, group: DecidedGroup): Promise<number> {
  const { rows } = await sql<{ votes: number }>`
    select count(*)::integer as votes from held_votes
    where issue_id = ${group.issue_id} and ${matches(group, {
      reason: sql`reason`,
      tool_slug: sql`tool_slug`,
      mail_host: sql`mail_host`,
    })}`.execute(tx);
  return rows[0]?.votes ?? 0;
}

/**
 * For a crowd, all votes of its voters; otherwise the votes that match, of which only held ones can be released, but
 * counted ones can be voided too. With `voterKeys`, only votes of these voters.
 */
export async function findVotes(
  tx: Tx,
  group: DecidedGroup,
  voterKeys?: readonly Buffer[],
): Promise<VoteKey[]> {
  const { issue_id, decision, crowd } = group;
  const isInGroup =
    crowd === null
      ? sql`(votes.state = 'held' or ${decision}::text = 'void') and ${matches(group, {
          reason: sql`votes.reason`,
          tool_slug: sql`votes.tool_slug`,
          mail_host: sql`casts.mail_host`,
        })}`
      : sql`votes.voter_key in (select voter_key from ${membersOf(issue_id)} as member where name = ${crowd})`;
  const { rows } = await sql<VoteKey>`
    select distinct voter_key, tool_slug from votes join casts using (issue_id, voter_key, tool_slug)
    where issue_id = ${issue_id} and ${isInGroup}
      ${voterKeys ? sql`and voter_key = any(${voterKeys}::bytea[])` : sql``}`.execute(tx);
  return rows;
}

/** The conditions of a group that is not a crowd. */
function matches(
  { reason, tool_slug, mail_host }: Conditions,
  columns: Record<'reason' | 'tool_slug' | 'mail_host', RawBuilder<unknown>>,
): RawBuilder<unknown> {
  return sql`(${reason}::text is null or ${columns.reason} = ${reason})
    and (${tool_slug}::text is null or ${columns.tool_slug} = ${tool_slug})
    and (${mail_host}::text is null or coalesce(${columns.mail_host}, ${UNKNOWN_HOST}) = ${mail_host})`;
}
