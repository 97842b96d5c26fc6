import { sql } from 'kysely';
import type { Db } from '../../database/connect.ts';
import { keptFor } from '../../concurrency/cache.ts';
import type { Tally } from './tally.ts';

export interface ToolTally extends Tally {
  tool_slug: string;
  held: number;
  is_frozen: boolean;
}

const keepTallies = keptFor<ToolTally[]>(15_000);

/** As `loadTallies`, up to a quarter of a minute old: for those who look while many vote. */
export function recentTallies(db: Db, issueId: number): Promise<ToolTally[]> {
  return keepTallies(db, issueId, () => loadTallies(db, issueId));
}

/** The frozen result of an issue or, while voting is open, what is counted so far; in the order of the tools' slugs. */
export async function loadTallies(db: Db, issueId: number): Promise<ToolTally[]> {
  const frozen = await db
    .selectFrom('tallies')
    .selectAll()
    .where('issue_id', '=', issueId)
    .orderBy('tool_slug')
    .execute();
  if (frozen.length > 0) {
    return frozen.map(({ tool_slug, ship, skip, held }) => ({
      tool_slug,
      ship,
      skip,
      held,
      is_frozen: true,
    }));
  }
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
