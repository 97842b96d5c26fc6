import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { transitionIssue } from '../../issues/record/status.ts';
import type { Week } from '../../week.ts';
import { changeIssue } from './_change-issue.ts';

/** No further batch of the issue is claimed; those in flight are completed. */
export async function pauseIssue(context: Context, week: Week, reason: string): Promise<void> {
  await changeIssue(context, week, ['sending', 'paused'], async (tx, issue) => {
    if (issue.status === 'paused' && !issue.resume_at) {
      throw new AppError('refused', `The issue of ${week} is already paused.`);
    }
    // Pausing an issue that would resume automatically makes it wait for staff.
    await transitionIssue(tx, issue.id, ['sending', 'paused'], 'paused', context.now(), { reason });
    await context.failpoint('pausing');
  });
}
