import { type ComparisonFacts, listComparisonsBySlug, listTools } from '../../comparisons/show/facts.ts';
import type { Db, Tx } from '../../database/connect.ts';
import type { Issue, MadeFrom } from '../record/issue.ts';

/** A comparison of an issue, with its present facts; undefined if it or one of its tools is gone. */
export interface Pair {
  slug: string;
  facts: ComparisonFacts | undefined;
}

/** An issue's comparisons in its order. A pair that the issue made itself consists of its two tools. */
export async function loadPairs(db: Db | Tx, issue: Issue): Promise<Pair[]> {
  const rows = await db
    .selectFrom('issue_comparisons')
    .select(['comparison_slug', 'tool_a', 'tool_b'])
    .where('issue_id', '=', issue.id)
    .orderBy('position')
    .execute();
  const published = await listComparisonsBySlug(
    db,
    rows.map(({ comparison_slug }) => comparison_slug),
  );
  const bySlug = new Map(published.map((comparison) => [comparison.slug, comparison]));
  const made = rows.filter(({ comparison_slug }) => isMadeByIssue(issue, comparison_slug));
  const tools = await listTools(
    db,
    made.flatMap(({ tool_a, tool_b }) => [tool_a, tool_b]),
  );
  return rows.map(({ comparison_slug: slug, tool_a, tool_b }) => {
    const a = tools.get(tool_a);
    const b = tools.get(tool_b);
    const content = [issue.content.lead, ...issue.content.more].find((one) => one.slug === slug);
    const own =
      a && b && isMadeByIssue(issue, slug)
        ? {
            slug,
            question: content?.question ?? '',
            published_at: issue.drafted_at,
            revision: 1,
            tools: [a, b] as ComparisonFacts['tools'],
          }
        : undefined;
    return { slug, facts: bySlug.get(slug) ?? own };
  });
}

function isMadeByIssue({ choice }: Issue, slug: string): boolean {
  return choice.picks.some((pick) => pick.slug === slug && pick.origin === 'paired');
}

/** The present revisions of these facts. */
export function revisionsOf(comparisons: readonly ComparisonFacts[]): MadeFrom {
  const tools = comparisons.flatMap((comparison) => comparison.tools);
  return {
    tools: Object.fromEntries(tools.map(({ slug, revision }) => [slug, revision])),
    comparisons: Object.fromEntries(comparisons.map(({ slug, revision }) => [slug, revision])),
  };
}
