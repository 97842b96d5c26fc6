import type { IssueContent } from '../../emails/_parts/content.ts';
import type { Db } from '../database.ts';
import type { Week } from '../week.ts';

interface FrozenTally {
  tool_slug: string;
  ship: number;
  skip: number;
  held: number;
}

export interface ClosedIssue {
  week: Week;
  number: number;
  content: IssueContent;
  frozen_at: Date;
  tallies: ReadonlyMap<string, FrozenTally>;
}

/** Issues whose result is frozen, the newest first, only those before a week when one is given. */
export async function pageClosedIssues(
  db: Db,
  before: Week | undefined,
  limit: number,
): Promise<ClosedIssue[]> {
  const issues = await db
    .selectFrom('issues')
    .select(['id', 'week', 'number', 'content'])
    .where(({ exists, selectFrom }) =>
      exists(selectFrom('tallies').select('issue_id').whereRef('tallies.issue_id', '=', 'issues.id')),
    )
    .$if(before !== undefined, (query) => query.where('week', '<', before ?? ''))
    .orderBy('week', 'desc')
    .limit(limit)
    .execute();
  if (issues.length === 0) {
    return [];
  }
  const ids = issues.map(({ id }) => id);
  const tallies = await db.selectFrom('tallies').selectAll().where('issue_id', 'in', ids).execute();
  const talliesOf = Map.groupBy(tallies, ({ issue_id }) => issue_id);
  return issues.map(({ id, week, number, content }) => {
    const own = talliesOf.get(id) ?? [];
    return {
      week,
      number,
      content: content as IssueContent,
      frozen_at: own[0]?.frozen_at ?? new Date(0),
      tallies: new Map(own.map((tally) => [tally.tool_slug, tally])),
    };
  });
}
