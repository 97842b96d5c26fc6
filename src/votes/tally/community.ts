import type { Db, Tx } from '../../database/connect.ts';
import type { Tally } from './tally.ts';

/** Frozen votes of all closed issues, per tool slug; tools without any are absent. */
export async function loadCommunityTallies(
  db: Db | Tx,
  toolSlugs: readonly string[],
): Promise<Map<string, Tally & { held: number }>> {
  if (toolSlugs.length === 0) {
    return new Map();
  }
  const rows = await db
    .selectFrom('tallies')
    .select(({ fn }) => [
      'tool_slug',
      fn.sum<number>('ship').as('ship'),
      fn.sum<number>('skip').as('skip'),
      fn.sum<number>('held').as('held'),
      fn.sum<number>('paired').as('paired'),
      fn.sum<number>('paired_ship').as('paired_ship'),
      fn.sum<number>('both_ship').as('both_ship'),
    ])
    .where('tool_slug', 'in', toolSlugs)
    .groupBy('tool_slug')
    .execute();
  return new Map(rows.map(({ tool_slug, ...tally }) => [tool_slug, tally]));
}
