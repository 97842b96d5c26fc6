import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import type { Week } from '../../week.ts';
import { lockIssue } from '../record/issue.ts';

/** Prevents a draft or approved issue from being sent at its scheduled time. */
export async function holdIssue({ db, now }: Context, week: Week, reason: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (!['draft', 'approved', 'held'].includes(issue.status)) {
      throw new AppError(
        'refused',
        `The issue of ${week} is ${issue.status}; only a draft or approved one can be held.`,
      );
    }
    await tx
      .updateTable('issues')
      .set({ status: 'held', status_reason: reason, held_at: now() })
      .where('id', '=', issue.id)
      .execute();
  });
}

/** Restores the status that the issue had before it was held. */
export async function releaseIssue({ db }: Context, week: Week): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (issue.status !== 'held') {
      throw new AppError(
        'refused',
        `The issue of ${week} is ${issue.status}; only a held one can be released.`,
      );
    }
    await tx
      .updateTable('issues')
      .set({ status: issue.approved_at ? 'approved' : 'draft', status_reason: null, held_at: null })
      .where('id', '=', issue.id)
      .execute();
  });
}
