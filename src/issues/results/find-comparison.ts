import type { ComparisonContent } from '../../../emails/_parts/content/content.ts';
import type { Db } from '../../database/connect.ts';
import type { Issue } from '../record/issue.ts';

/** A comparison as shown in the newest sent issue that contains it. */
export async function findComparisonInIssues(
  db: Db,
  slug: string,
): Promise<{ comparison: ComparisonContent; published_at: Date } | undefined> {
  const row = await db
    .selectFrom('issue_comparisons')
    .innerJoin('issues', 'issues.id', 'issue_comparisons.issue_id')
    .select(['issues.content', 'prepared_at'])
    .where('comparison_slug', '=', slug)
    .where('prepared_at', 'is not', null)
    .orderBy('week', 'desc')
    .limit(1)
    .executeTakeFirst();
  const content = row?.content as Issue['content'] | undefined;
  const comparison = content && [content.lead, ...content.more].find((one) => one.slug === slug);
  return comparison && row?.prepared_at ? { comparison, published_at: row.prepared_at } : undefined;
}
