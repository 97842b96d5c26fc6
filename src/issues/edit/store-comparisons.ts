import type { ComparisonFacts } from '../../comparisons/show/facts.ts';
import type { Tx } from '../../database/connect.ts';

/** Stores the comparisons of an issue, in order, in place of earlier ones, each with the two tools that are voted on. */
export async function storeComparisons(
  tx: Tx,
  issue_id: number,
  comparisons: readonly ComparisonFacts[],
): Promise<void> {
  await tx.deleteFrom('issue_comparisons').where('issue_id', '=', issue_id).execute();
  await tx
    .insertInto('issue_comparisons')
    .values(
      comparisons.map(({ slug, tools: [a, b] }, position) => ({
        issue_id,
        position,
        comparison_slug: slug,
        tool_a: a.slug,
        tool_b: b.slug,
      })),
    )
    .execute();
}
