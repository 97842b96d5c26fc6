import type { IssueContent } from '../../../emails/_parts/content/content.ts';
import type { Db } from '../../database/connect.ts';
import type { Week } from '../../week.ts';

interface FrozenTally {
  tool_slug: string;
  ship: number;
  skip: number;
  held: number;
  waiting: number;
}

export interface ClosedIssue {
  id: number;
  week: Week;
  number: number;
  content: IssueContent;
  frozen_at: Date;
  tallies: ReadonlyMap<string, FrozenTally>;
}

/** Issues whose result is frozen, newest first; if `before` is given, only those of earlier weeks. */
export async function listClosedIssues(
  db: Db,
  before: Week | undefined,
  limit: number,
): Promise<ClosedIssue[]> {
  const issues = await selectClosed(db)
    .$if(before !== undefined, (query) => query.where('week', '<', before ?? ''))
    .orderBy('week', 'desc')
    .limit(limit)
    .execute();
  return withTallies(db, issues);
}

/** Undefined while voting is open. */
export async function findClosedIssue(db: Db, week: Week): Promise<ClosedIssue | undefined> {
  const issues = await selectClosed(db).where('week', '=', week).execute();
  return (await withTallies(db, issues))[0];
}

function selectClosed(db: Db) {
  return db
    .selectFrom('issues')
    .select(['id', 'week', 'number', 'content'])
    .where(({ exists, selectFrom }) =>
      exists(selectFrom('tallies').select('issue_id').whereRef('tallies.issue_id', '=', 'issues.id')),
    );
}

async function withTallies(
  db: Db,
  issues: readonly { id: number; week: Week; number: number; content: unknown }[],
): Promise<ClosedIssue[]> {
  if (issues.length === 0) {
    return [];
  }
  const ids = issues.map(({ id }) => id);
  const tallies = await db.selectFrom('tallies').selectAll().where('issue_id', 'in', ids).execute();
  const talliesOf = Map.groupBy(tallies, ({ issue_id }) => issue_id);
  return issues.map(({ content, ...issue }) => {
    const own = talliesOf.get(issue.id) ?? [];
    return {
      ...issue,
      content: content as IssueContent,
      frozen_at: own[0]?.frozen_at ?? new Date(0),
      tallies: new Map(own.map((tally) => [tally.tool_slug, tally])),
    };
  });
}
