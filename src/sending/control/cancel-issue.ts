import type { Context } from '../../context.ts';
import { skipIssue, skipWeek } from '../../issues/decide/skip.ts';
import { updateRecaps } from '../../issues/decide/update-recaps.ts';
import { getIssue } from '../../issues/record/issue.ts';
import { transitionIssue } from '../../issues/record/status.ts';
import type { Week } from '../../week.ts';
import { cancelDeliveries } from '../deliveries/cancel-deliveries.ts';
import { enqueueBatches } from '../prepare/prepare-issue.ts';
import { removeUnclaimed } from './_remove-unclaimed.ts';
import { changeIssue } from './_change-issue.ts';

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
