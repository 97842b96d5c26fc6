import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { type Db, planWithIndexes, type Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import type { Week } from '../../week.ts';
import type { Voter } from '../evidence/evidence.ts';
import { decideCrowd } from './_decide-crowd.ts';
import { isVotingClosed } from '../evidence/is-voting-closed.ts';
import { judgeVoters, listVoters } from '../judge/judge-again.ts';
import {
  countHeld,
  type DecidedGroup,
  findVotes,
  requireGroup,
  type VoteGroup,
  type VoteKey,
} from './vote-group.ts';

export interface VoteDecision extends VoteGroup {
  decision: 'release' | 'void';
  why: string;
  by: string;
  /** How many votes staff saw: if there are more by now, nothing is decided. */
  seen?: number | undefined;
}

/**
 * Releases held votes, or voids votes, until staff decide otherwise; records who decided and why. Returns the number of
 * votes whose state or reason this changes.
 */
export async function decideVotes(
  context: Context,
  week: Week,
  { decision, why, by, seen, ...conditions }: VoteDecision,
): Promise<number> {
  const { reason = null, tool_slug = null, mail_host = null, crowd = null } = conditions;
  requireGroup({ reason, tool_slug, mail_host, crowd }, why);
  const { id } = await requireOpenIssue(context.db, week);
  const group: DecidedGroup = { issue_id: id, decision, reason, tool_slug, mail_host, crowd };
  // The slow part comes before the lock, since voters wait while it is held. A vote that begins to match after this is
  // not in the group.
  const voters = await planWithIndexes(context.db, async (tx) => {
    if (seen !== undefined) {
      requireSeen(week, await countHeld(tx, group), seen);
    }
    return listVoters(context, tx, id, keysOf(await findVotes(tx, group)));
  });
  return context.db.transaction().execute(async (tx) => {
    await requireOpenIssue(tx, week, { lock: true });
    const before = await loadStates(tx, id, voters);
    if (crowd === null) {
      await decideCasts(context, tx, group, voters);
    } else {
      await decideCrowd(tx, { issue_id: id, crowd, decision }, voters);
      await judgeVoters(context, tx, voters);
    }
    const after = await loadStates(tx, id, voters);
    const votes = [...after].filter(([vote, state]) => before.get(vote) !== state).length;
    if (votes === 0 && crowd === null) {
      throw new AppError(
        'refused',
        `No votes of ${week} match, or those that do are a crowd’s, which is decided as a whole; \`verdicts votes held ${week}\` and \`verdicts votes crowds ${week}\` list them.`,
      );
    }
    await tx
      .insertInto('vote_decisions')
      .values({
        issue_id: id,
        decision,
        reason,
        tool_slug,
        mail_host,
        crowd,
        votes,
        why: why.trim(),
        decided_by: by,
        decided_at: context.now(),
      })
      .execute();
    return votes;
  });
}

function requireSeen(week: Week, votes: number, seen: number): void {
  if (votes > seen) {
    throw new AppError(
      'refused',
      `${votes} votes of ${week} match now, not the ${seen} that you saw. Look at them again; nothing was decided.`,
    );
  }
}

/** `lock` keeps votes from being written until the transaction ends, as closing the voting does. */
async function requireOpenIssue(
  db: Db | Tx,
  week: Week,
  { lock }: { lock: boolean } = { lock: false },
): Promise<{ id: number }> {
  if (lock) {
    // In a statement of its own: the next one sees what was committed while this one was waiting.
    await db.selectFrom('issues').select('id').where('week', '=', week).forUpdate().execute();
  }
  const issue = await db
    .selectFrom('issues')
    .select(['id', isVotingClosed(sql`issues.id`).as('is_closed')])
    .where('week', '=', week)
    .executeTakeFirst();
  if (!issue) {
    throw new AppError('not_found', `There is no issue for ${week}.`);
  }
  if (issue.is_closed) {
    throw new AppError('refused', `Voting on ${week} is closed: its result stands.`);
  }
  return issue;
}

/**
 * A void applies to everything that a reader says about a tool. A release first takes back a void, and the rules judge
 * the votes again; where a rule still holds a vote, the release applies to the cast that this vote comes from, and to no
 * other cast of the reader's.
 */
async function decideCasts(
  context: Context,
  tx: Tx,
  group: DecidedGroup,
  voters: readonly Voter[],
): Promise<void> {
  const { issue_id, decision } = group;
  // Readers may have changed some of them in the meantime.
  const votes = await findVotes(tx, group, keysOf(voters));
  const keys = sql`unnest(${keysOf(votes)}::bytea[], ${votes.map(({ tool_slug }) => tool_slug)}::text[])`;
  if (decision === 'void') {
    await sql`
      update casts set decision = 'void' from ${keys} as decided (voter_key, tool_slug)
      where issue_id = ${issue_id} and casts.voter_key = decided.voter_key and casts.tool_slug = decided.tool_slug`.execute(
      tx,
    );
  } else {
    await sql`
      update casts set decision = null from ${keys} as decided (voter_key, tool_slug)
      where issue_id = ${issue_id} and casts.voter_key = decided.voter_key and casts.tool_slug = decided.tool_slug
        and decision = 'void'`.execute(tx);
    await judgeVoters(context, tx, voters);
    await sql`
      update casts set decision = 'release' from ${keys} as decided (voter_key, tool_slug), votes
      where casts.issue_id = ${issue_id} and casts.voter_key = decided.voter_key and casts.tool_slug = decided.tool_slug
        and votes.issue_id = ${issue_id} and votes.voter_key = decided.voter_key and votes.tool_slug = decided.tool_slug
        and votes.state = 'held' and votes.reason not in ('one origin', 'voided by staff') and votes.choice = casts.choice and votes.cast_at = casts.cast_at`.execute(
      tx,
    );
  }
  await judgeVoters(context, tx, voters);
}

function keysOf(votes: readonly Pick<VoteKey, 'voter_key'>[]): Buffer[] {
  return votes.map(({ voter_key }) => voter_key);
}

/** For each vote of these voters: "counted", or the reason why it is held. */
async function loadStates(tx: Tx, issueId: number, voters: readonly Voter[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ vote: string; state: string }>`
    select encode(voter_key, 'hex') || ' ' || tool_slug as vote, coalesce(reason, state) as state from votes
    where issue_id = ${issueId} and voter_key = any(${keysOf(voters)}::bytea[])`.execute(tx);
  return new Map(rows.map(({ vote, state }) => [vote, state]));
}
