import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { skipIssue, skipWeek } from '../../issues/decide/skip.ts';
import { updateRecaps } from '../../issues/decide/update-recaps.ts';
import { getIssue, type Issue, lockIssue } from '../../issues/record/issue.ts';
import { nameOfStatus, transitionIssue } from '../../issues/record/status.ts';
import type { IssueStatus } from '../../database/schema.ts';
import type { Week } from '../../week.ts';
import { cancelDeliveries } from '../settle/cancel-deliveries.ts';
import { finishIssueWhenDone } from '../settle/finish-issue.ts';
import { enqueueBatches } from '../prepare/prepare-issue.ts';
import { removeUnclaimed } from './_remove-unclaimed.ts';
import { hasSeveralLanes } from '../lanes/lanes.ts';
import { isLate, pauseUntilStaffDecide } from './pause-late.ts';
import { resetCircuitBreaker } from '../limits/circuit-breaker.ts';

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

export async function resumeIssue(context: Context, week: Week): Promise<void> {
  const id = await changeIssue(context, week, ['paused'], async (tx, issue) => {
    await transitionIssue(tx, issue.id, ['paused'], 'sending', context.now());
    if (!hasSeveralLanes(context.config)) {
      await resetCircuitBreaker(tx);
    }
    await enqueueBatches(context, tx, issue.id);
    await context.failpoint('resuming');
  });
  await finishIssueWhenDone(context, id);
}

/** Resumes issues whose quota or ceiling has reset; of several concurrent processes only one does it. */
export async function resumeDueIssues(context: Context): Promise<void> {
  const due = await context.db
    .selectFrom('issues')
    .select(['id', 'week'])
    .where('status', '=', 'paused')
    .where('resume_at', '<=', context.now())
    .orderBy('id')
    .execute();
  for (const { id, week } of due) {
    await context.db.transaction().execute(async (tx) => {
      const issue = await lockIssue(tx, week);
      const isDue = issue.status === 'paused' && issue.resume_at !== null && issue.resume_at <= context.now();
      if (isDue && (await isLate(context, { ...issue, issue_id: id }))) {
        await pauseUntilStaffDecide(context, tx, id);
      } else if (isDue) {
        await transitionIssue(tx, id, ['paused'], 'sending', context.now());
        await enqueueBatches(context, tx, id);
        context.log.info({ week }, 'sending resumed');
      }
    });
    await finishIssueWhenDone(context, id);
  }
}

/**
 * Cancels batches that were not attempted yet; those in flight are retried until their outcome is known, and
 * cancelled if Resend refuses them. Mails that were to be sent again get their previous status back. An issue of
 * which nothing has been handed to Resend is skipped: nobody got it, so it is not published either.
 */
export async function cancelIssue(context: Context, week: Week): Promise<void> {
  const { prepared_at } = await getIssue(context.db, week);
  if (!prepared_at) {
    return skipWeek(context, week);
  }
  await changeIssue(context, week, ['sending', 'paused'], async (tx, issue) => {
    const now = context.now();
    if (!issue.sent_at && (await removeUnclaimed(tx, issue)).claimed === 0) {
      return skipIssue(tx, issue, now);
    }
    await tx
      .updateTable('batches')
      .set({ status: 'cancelled', settled_at: now })
      .where('issue_id', '=', issue.id)
      .where('status', '=', 'queued')
      .execute();
    await tx
      .updateTable('batches')
      .set({ cancel_requested_at: now })
      .where('issue_id', '=', issue.id)
      .where('status', '=', 'submitting')
      .execute();
    await cancelDeliveries(tx, issue.id, now);
    // With `sent_at`, all of it went out before, and only mails to be sent again were cancelled.
    await transitionIssue(tx, issue.id, [issue.status], issue.sent_at ? 'sent' : 'cancelled', now);
    await enqueueBatches(context, tx, issue.id);
    await context.failpoint('cancelling');
  });
  await updateRecaps(context);
}

async function changeIssue(
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
