import type { Context } from '../../context.ts';
import { requireUnmoved } from '../../installation/identity.ts';
import { approveIssue } from '../../issues/decide/approve.ts';
import { releaseIssue, wasMissed } from '../../issues/decide/hold.ts';
import { getIssue } from '../../issues/record/issue.ts';
import type { Week } from '../../week.ts';
import { prepareIssue } from '../prepare/prepare-issue.ts';

/**
 * Sends an issue without waiting for its send time, even an approved one held because it missed that time; a draft only
 * with APPROVAL=automatic. Returns the number of readers, or undefined if it was already being sent. Throws `refused`
 * before writing anything if the database was moved.
 */
export async function sendNow(context: Context, week: Week, by: string): Promise<number | undefined> {
  await requireUnmoved(context.db);
  const issue = await getIssue(context.db, week);
  if (issue.status === 'draft' && context.config.approval === 'automatic') {
    await approveIssue(context, week, by, { expectedHold: '' });
  } else if (wasMissed(issue) && issue.approved_at) {
    await releaseIssue(context, week, { isSentAtOnce: true });
  }
  return prepareIssue(context, week, { isSentAtOnce: true });
}
