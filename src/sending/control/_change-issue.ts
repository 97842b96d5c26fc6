import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { type Issue, lockIssue } from '../../issues/record/issue.ts';
import { nameOfStatus } from '../../issues/record/status.ts';
import type { IssueStatus } from '../../database/schema.ts';
import type { Week } from '../../week.ts';

/** Runs `act` on the locked issue, in a transaction; returns its id. Throws `refused` unless it has one of the statuses `from`. */
export async function changeIssue(
  { db }: Context,
  week: Week,
  from: readonly IssueStatus[],
  act: (tx: Tx, issue: Issue) => Promise<void>,
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (!from.includes(issue.status)) {
      throw new AppError(
        'refused',
        `The issue of ${week} is ${nameOfStatus(issue)}; it must be ${from.join(' or ')}.`,
      );
    }
    await act(tx, issue);
    return issue.id;
  });
}
