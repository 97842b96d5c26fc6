import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../../context.ts';
import { type Db, planWithIndexes, type Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import type { Week } from '../../week.ts';
import type { Voter } from '../judge/evidence.ts';
import { membersOf } from '../crowds/members.ts';
import { isVotingClosed } from '../judge/is-voting-closed.ts';
import { judgeVoters, listVoters } from '../judge/judge-again.ts';

/**
 * Selects the votes of an issue that a staff decision applies to: those matching every given condition, of which there
 * must be at least one.
 */
export interface VoteGroup {
  /** The reason the votes are held. */
  reason?: string | undefined;
  tool_slug?: string | undefined;
  mail_host?: string | undefined;
  /** The name of a crowd. */
  crowd?: string | undefined;
}

export interface VoteDecision extends VoteGroup {
  decision: 'release' | 'void';
  why: string;
  by: string;
}

/**
 * Releases held votes, or voids votes, until staff decide otherwise; records who decided and why. Returns the number of
 * votes.
 */
export async function decideVotes(
  context: Context,
  week: Week,
  { decision, why, by, ...conditions }: VoteDecision,
): Promise<number> {
  const { reason = null, tool_slug = null, mail_host = null, crowd = null } = conditions;
  requireGroup({ reason, tool_slug, mail_host, crowd }, why);
  const { id } = await requireOpenIssue(context.db, week);
  const group: MarkedGroup = { issue_id: id, decision, reason, tool_slug, mail_host, crowd };
  // The slow part comes before the lock, for which voters wait. A vote that matches only later is not in the group.
  const voters = await planWithIndexes(context.db, async (tx) =>
    listVoters(context, tx, id, await findVoterKeys(tx, group)),
  );
  return context.db.transaction().execute(async (tx) => {
    await requireOpenIssue(tx, week, { lock: true });
    const votes = await markCasts(tx, group, voters);
    if (votes === 0) {
      throw new AppError(
        'not_found',
        `No votes of ${week} match; \`verdicts votes held ${week}\` lists the held ones.`,
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
    if (crowd !== null) {
      await decideCrowd(tx, group, crowd, voters);
    }
    await judgeVoters(context, tx, voters);
    return votes;
  });
}

function requireGroup(conditions: Conditions, why: string): void {
  if (Object.values(conditions).every((condition) => condition === null)) {
    throw new AppError('invalid_input', 'Specify which votes: by reason, tool, mail host or crowd.');
  }
  if (conditions.reason === 'one origin') {
    throw new AppError(
      'invalid_input',
      'Crowds are decided as groups: say which, as `verdicts votes crowds` names it.',
    );
  }
  if (why.trim() === '') {
    throw new AppError('invalid_input', 'Say why: the explanation is stored with the decision.');
  }
}

/** `lock`: as closing the voting does, so that no votes are written until the transaction ends. */
async function requireOpenIssue(
  db: Db | Tx,
  week: Week,
  { lock }: { lock: boolean } = { lock: false },
): Promise<{ id: number }> {
  const issue = await db
    .selectFrom('issues')
    .select(['id', isVotingClosed(sql`issues.id`).as('is_closed')])
    .where('week', '=', week)
    .$if(lock, (query) => query.forUpdate())
    .executeTakeFirst();
  if (!issue) {
    throw new AppError('not_found', `There is no issue for ${week}.`);
  }
  if (issue.is_closed) {
    throw new AppError('refused', `Voting on ${week} is closed and its result is frozen.`);
  }
  return issue;
}

/**
 * For those who vote later as well, and for every other crowd that the same readers make up. Voters who are vouched for are no
 * newcomers of any origin in other issues.
 */
async function decideCrowd(
  tx: Tx,
  { issue_id, decision }: MarkedGroup,
  crowd: string,
  voters: readonly Voter[],
): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    with member as materialized (
      select member.* from ${membersOf(issue_id)} as member join crowds using (name)
      where crowds.issue_id = ${issue_id}
    )
    update crowds set decision = ${decision}
    where issue_id = ${issue_id} and (name = ${crowd} or not exists (
      select from member where member.name = crowds.name
        and voter_key not in (select voter_key from member where name = ${crowd})))
    returning name`.execute(tx);
  if (!rows.some(({ name }) => name === crowd)) {
    throw new AppError('not_found', `There is no crowd "${crowd}"; \`verdicts votes crowds\` lists them.`);
  }
  await sql`
    update reader_origins set vouched_for_in = ${decision === 'release' ? issue_id : null}
    where subscriber_id = any(${voters.map(({ subscriber_id }) => subscriber_id)}::bigint[])`.execute(tx);
}

type Conditions = Record<'reason' | 'tool_slug' | 'mail_host' | 'crowd', string | null>;
type MarkedGroup = Conditions & Pick<VoteDecision, 'decision'> & { issue_id: number };

async function findVoterKeys(tx: Tx, group: MarkedGroup): Promise<Buffer[]> {
  const { rows } = await sql<{ voter_key: Buffer }>`
    select distinct voter_key from votes join casts using (issue_id, voter_key, tool_slug)
    where issue_id = ${group.issue_id} and ${isInGroup(group)}`.execute(tx);
  return rows.map(({ voter_key }) => voter_key);
}

/** Returns the number of votes. */
async function markCasts(tx: Tx, group: MarkedGroup, voters: readonly Voter[]): Promise<number> {
  const { rows } = await sql<{ votes: number }>`
    with marked as (
      update casts set decision = ${group.decision}
      from votes
      where votes.issue_id = ${group.issue_id} and casts.issue_id = votes.issue_id and casts.tool_slug = votes.tool_slug
        and casts.voter_key = votes.voter_key and casts.voter_key = any(${voters.map(({ voter_key }) => voter_key)}::bytea[])
        and ${isInGroup(group)}
      returning casts.voter_key, casts.tool_slug
    )
    select count(distinct (voter_key, tool_slug)) as votes from marked`.execute(tx);
  return rows[0]?.votes ?? 0;
}

/** Only held votes can be released; counted votes can be voided too. */
function isInGroup({
  issue_id,
  decision,
  reason,
  tool_slug,
  mail_host,
  crowd,
}: MarkedGroup): RawBuilder<boolean> {
  return sql`(votes.state = 'held' or ${decision}::text = 'void')
    and (${reason}::text is null or votes.reason = ${reason})
    and (${tool_slug}::text is null or votes.tool_slug = ${tool_slug})
    and (${mail_host}::text is null or casts.mail_host = ${mail_host})
    and (${crowd}::text is null or votes.voter_key in (
        select voter_key from ${membersOf(issue_id)} as member where name = ${crowd})
      and (votes.reason is null or votes.reason in ('one origin', 'voided by staff')))`;
}
