import { sql } from 'kysely';
import type { Db } from '../../database/connect.ts';
import { cachePerScope } from '../../concurrency/cache.ts';
import { announce } from '../../outgoing-webhooks/announce.ts';
import type { Tally } from './tally.ts';

export interface ToolTally extends Tally {
  tool_slug: string;
  held: number;
  /** How many of the held votes are those of crowds that wait for a decision of staff. */
  waiting: number;
  is_frozen: boolean;
}

const cachedTallies = cachePerScope<ToolTally[]>({ max: 100, ttl_ms: 15_000, stale_ms: 135_000 });

/** As `loadTallies`, but at most two and a half minutes old (refreshed after 15 seconds): for pages that many readers open while many vote. */
export function recentTallies(db: Db, issueId: number): Promise<ToolTally[]> {
  return cachedTallies(db, issueId, () => loadTallies(db, issueId));
}

/** The frozen result of an issue, or the counts so far while voting is open; ordered by tool slug. */
export async function loadTallies(db: Db, issueId: number): Promise<ToolTally[]> {
  const tallies = await loadTalliesOf(db, [issueId]);
  return tallies.get(issueId) ?? [];
}

/** As `loadTallies`, of several issues at once; those without votes are absent. */
export async function loadTalliesOf(db: Db, issueIds: readonly number[]): Promise<Map<number, ToolTally[]>> {
  const frozen = await loadFrozen(db, issueIds);
  const counted = await countVotes(
    db,
    issueIds.filter((id) => !frozen.has(id)),
  );
  return new Map([...frozen, ...counted]);
}

/** Empty while voting is open. Ordered by tool slug. */
export async function loadFrozenTallies(db: Db, issueId: number): Promise<ToolTally[]> {
  const tallies = await loadFrozen(db, [issueId]);
  return tallies.get(issueId) ?? [];
}

type IssueTally = ToolTally & { issue_id: number };

async function loadFrozen(db: Db, issueIds: readonly number[]): Promise<Map<number, ToolTally[]>> {
  const { rows } = await sql<IssueTally>`
    select issue_id, tool_slug, ship, skip, held, waiting, paired, paired_ship, both_ship, true as is_frozen from tallies
    where issue_id = any(${issueIds}) order by tool_slug`.execute(db);
  return byIssue(rows);
}

/** Exact, and as fast for a million votes as for one: triggers on `votes` maintain the counts. */
async function countVotes(db: Db, issueIds: readonly number[]): Promise<Map<number, ToolTally[]>> {
  if (issueIds.length === 0) {
    return new Map();
  }
  const { rows } = await sql<IssueTally>`
    select issue_id, tool_slug, false as is_frozen,
      coalesce(sum(count) filter (where choice = 'ship' and state = 'counted'), 0)::bigint as ship,
      coalesce(sum(count) filter (where choice = 'skip' and state = 'counted'), 0)::bigint as skip,
      coalesce(sum(count) filter (where state = 'held'), 0)::bigint as held,
      (select count(*) from held_votes
        where held_votes.issue_id = counted.issue_id and held_votes.tool_slug = counted.tool_slug and reason = 'one origin') as waiting
    from (
      select issue_id, tool_slug, choice, state, votes as count from vote_counts where issue_id = any(${issueIds})
      union all
      select issue_id, tool_slug, choice, state, change from vote_changes where issue_id = any(${issueIds})) as counted
    group by issue_id, tool_slug
    having sum(count) <> 0
    order by tool_slug`.execute(db);
  return byIssue(rows);
}

function byIssue(rows: readonly IssueTally[]): Map<number, ToolTally[]> {
  const tallies = new Map<number, ToolTally[]>();
  for (const { issue_id, ...tally } of rows) {
    tallies.set(issue_id, [...(tallies.get(issue_id) ?? []), tally]);
  }
  return tallies;
}

/**
 * Adds the changes since the last run to the stored counts, so that there are few to sum up, and announces the changes
 * in counted votes, except for the original's issues in a copy. Safe to run concurrently.
 */
export async function compactVoteCounts(db: Db, now: Date): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ week: string; tool: string; verdict: string; change: number }>`
      with compacted as (
        delete from vote_changes where ctid = any(array(select ctid from vote_changes for update skip locked))
        returning *
      ), stored as (
        insert into vote_counts (issue_id, tool_slug, choice, state, votes)
        select issue_id, tool_slug, choice, state, sum(change) from compacted
        group by issue_id, tool_slug, choice, state order by issue_id, tool_slug, choice, state
        on conflict (issue_id, tool_slug, choice, state) do update
          set votes = vote_counts.votes + excluded.votes
      )
      select week, tool_slug as tool, compacted.choice as verdict, sum(change)::integer as change
      from compacted join issues on issues.id = issue_id
      where state = 'counted'
        and issue_id > (select coalesce(max(last_copied_issue_id), 0) from installation)
      group by week, tool_slug, compacted.choice having sum(change) <> 0
      order by week, tool_slug, compacted.choice`.execute(tx);
    for (const data of rows) {
      await announce(tx, { type: 'vote.counted', at: now, data });
    }
  });
}
