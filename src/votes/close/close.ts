import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { type Db, planWithIndexes, type Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { requireUnmoved } from '../../installation/identity.ts';
import type { Week } from '../../week.ts';
import { judgeCrowds } from '../crowds/judge-crowds.ts';
import { judgeAll } from '../judge/judge-again.ts';

/**
 * Closes the voting on an issue that was sent, judges all its votes once more with all the evidence known by then, and
 * freezes the counts of every tool. Idempotent: a second call continues after an interruption.
 */
export async function closeVoting(context: Context, week: Week): Promise<void> {
  const { db, now } = context;
  await requireUnmoved(db);
  const { id } = await db.transaction().execute(async (tx) => {
    const issue = await lockSentIssue(tx, week);
    // A vote is written under a lock on the issue, so it is committed before this update; later votes find voting
    // closed.
    await tx
      .updateTable('issues')
      .set({ voting_closed_at: now() })
      .where('id', '=', issue.id)
      .where('voting_closed_at', 'is', null)
      .execute();
    return issue;
  });
  if (await isResultFrozen(db, id)) {
    return;
  }
  await judgeAll(context, id);
  await judgeCrowds(context, id);
  await planWithIndexes(db, async (tx) => {
    await lockSentIssue(tx, week);
    // The planner expects a few thousand votes, and would look up the other vote of each pair by the index.
    await sql`set local enable_nestloop = off`.execute(tx);
    await freeze(tx, id, now());
  });
}

async function lockSentIssue(tx: Tx, week: Week): Promise<{ id: number }> {
  const issue = await tx
    .selectFrom('issues')
    .select(['id', 'status'])
    .where('week', '=', week)
    .forUpdate()
    .executeTakeFirst();
  if (!issue || !['sending', 'paused', 'sent', 'cancelled'].includes(issue.status)) {
    throw new AppError('refused', `The issue of ${week} was not sent; there is no voting to close.`);
  }
  return issue;
}

async function freeze(tx: Tx, issueId: number, now: Date): Promise<void> {
  await sql`
    insert into tallies (issue_id, tool_slug, ship, skip, held, waiting, paired, paired_ship, both_ship, frozen_at)
    select ${issueId}, tool.slug,
      count(*) filter (where votes.choice = 'ship' and votes.state = 'counted'),
      count(*) filter (where votes.choice = 'skip' and votes.state = 'counted'),
      count(*) filter (where votes.state = 'held'),
      count(*) filter (where votes.reason = 'one origin'),
      count(other.choice),
      count(*) filter (where votes.choice = 'ship' and other.choice is not null),
      count(*) filter (where votes.choice = 'ship' and other.choice = 'ship'),
      ${now}
    from (
      select distinct on (slug) slug, other_slug
      from (select issue_id, position, tool_a as slug, tool_b as other_slug from issue_comparisons
        union all select issue_id, position, tool_b, tool_a from issue_comparisons) as pair
      where issue_id = ${issueId} order by slug, position) as tool
    left join votes on votes.issue_id = ${issueId} and votes.tool_slug = tool.slug
    left join votes as other on other.issue_id = ${issueId} and other.voter_key = votes.voter_key
      and other.tool_slug = tool.other_slug and other.state = 'counted' and votes.state = 'counted'
    group by tool.slug
    on conflict do nothing`.execute(tx);
}

export interface OpenIssue {
  week: Week;
  prepared_at: Date | null;
  /** When voting ends, as the issue's mail says it. */
  votes_until: string;
  /** Null, unless voting was closed and freezing the result was interrupted. */
  voting_closed_at: Date | null;
}

/** Issues of weeks before `before` that were sent and whose result is not frozen, oldest first. */
export async function listOpenIssues({ db }: Context, before: Week): Promise<OpenIssue[]> {
  return openIssues(db)
    .select([
      'week',
      'prepared_at',
      'voting_closed_at',
      sql<string>`content ->> 'votes_until'`.as('votes_until'),
    ])
    .where('week', '<', before)
    .orderBy('week')
    .execute();
}

/** Issues that were sent, or are about to be, and whose result is not frozen. */
export function openIssues(db: Db | Tx) {
  return db
    .selectFrom('issues')
    .where('prepared_at', 'is not', null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('tallies').select('issue_id').whereRef('tallies.issue_id', '=', 'issues.id'))),
    );
}

async function isResultFrozen(db: Db | Tx, issueId: number): Promise<boolean> {
  const tally = await db
    .selectFrom('tallies')
    .select('issue_id')
    .where('issue_id', '=', issueId)
    .limit(1)
    .executeTakeFirst();
  return tally !== undefined;
}
