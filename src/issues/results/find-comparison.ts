import type { ComparisonContent } from '../../../emails/_parts/content/content.ts';
import type { Db } from '../../database/connect.ts';
import type { Week } from '../../week.ts';
import type { Issue } from '../record/issue.ts';

/** A comparison as shown in the newest sent issue that contains it, and the vote on it. */
export interface SentComparison {
  comparison: ComparisonContent;
  published_at: Date;
  week: Week;
  number: number;
  /** When voting closes: "Monday 30 November, 05:00 (UTC)"; in issues of earlier versions only the day. */
  votes_until: string;
  /** The result is frozen. */
  is_closed: boolean;
}

export async function findComparisonInIssues(db: Db, slug: string): Promise<SentComparison | undefined> {
  const row = await db
    .selectFrom('issue_comparisons')
    .innerJoin('issues', 'issues.id', 'issue_comparisons.issue_id')
    .select(['issues.content', 'prepared_at', 'week', 'number', 'voting_closed_at'])
    .where('comparison_slug', '=', slug)
    .where('prepared_at', 'is not', null)
    .orderBy('week', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row?.prepared_at) {
    return undefined;
  }
  const content = row.content as Issue['content'];
  const comparison = [content.lead, ...content.more].find((one) => one.slug === slug);
  return (
    comparison && {
      comparison,
      published_at: row.prepared_at,
      week: row.week,
      number: row.number,
      votes_until: content.votes_until,
      is_closed: row.voting_closed_at !== null,
    }
  );
}
