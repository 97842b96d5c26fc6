import { sql } from 'kysely';
import type { Db } from '../../database/connect.ts';
import { cachePerScope } from '../../concurrency/cache.ts';
import type { Tally } from './tally.ts';

export interface ToolTally extends Tally {
  tool_slug: string;
  held: number;
  is_frozen: boolean;
}

const cachedTallies = cachePerScope<ToolTally[]>({ max: 100, ttl_ms: 15_000, stale_ms: 135_000 });

/** As `loadTallies`, but cached for 15 seconds: for pages that many readers open while many vote. */
export function recentTallies(db: Db, issueId: number): Promise<ToolTally[]> {
  return cachedTallies(db, issueId, () => loadTallies(db, issueId));
}

/** The frozen result of an issue, or the counts so far while voting is open; ordered by tool slug. */
export async function loadTallies(db: Db, issueId: number): Promise<ToolTally[]> {
  const frozen = await loadFrozenTallies(db, issueId);
  return frozen.length > 0 ? frozen : countVotes(db, issueId);
}

/** Empty while voting is open. Ordered by tool slug. */
export function loadFrozenTallies(db: Db, issueId: number): Promise<ToolTally[]> {
  return db
    .selectFrom('tallies')
    .select(['tool_slug', 'ship', 'skip', 'held', sql<boolean>`true`.as('is_frozen')])
    .where('issue_id', '=', issueId)
    .orderBy('tool_slug')
    .execute();
}

function countVotes(db: Db, issueId: number): Promise<ToolTally[]> {
  return db
    .selectFrom('votes')
    .select(['tool_slug', sql<boolean>`false`.as('is_frozen')])
    .select(sql<number>`count(*) filter (where choice = 'ship' and state = 'counted')`.as('ship'))
    .select(sql<number>`count(*) filter (where choice = 'skip' and state = 'counted')`.as('skip'))
    .select(sql<number>`count(*) filter (where state = 'held')`.as('held'))
    .where('issue_id', '=', issueId)
    .groupBy('tool_slug')
    .orderBy('tool_slug')
    .execute();
}
