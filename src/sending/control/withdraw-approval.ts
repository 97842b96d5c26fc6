import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { removeApproval } from '../../issues/decide/approve.ts';
import { updateRecaps } from '../../issues/decide/update-recaps.ts';
import { lockIssue } from '../../issues/record/issue.ts';
import { nameOfStatus } from '../../issues/record/status.ts';
import type { Week } from '../../week.ts';
import { removeUnclaimed } from './_remove-unclaimed.ts';

const WITHDRAWN = 'its approval was withdrawn; it goes out once it is approved again';

/**
 * Makes an approved issue editable; it does not go out until it is approved again. It becomes a draft, or is held where drafts go
 * out by themselves; an issue that is held stays held. Possible until the first of its mails is claimed: until then nobody
 * can have got it, and its recipients are chosen again when it is sent. Throws `refused` after that.
 */
export async function withdrawApproval(context: Context, week: Week): Promise<void> {
  await context.db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (!issue.approved_at || !['approved', 'held', 'sending', 'paused'].includes(issue.status)) {
      throw new AppError(
        'refused',
        `The issue of ${week} is ${nameOfStatus(issue)}; there is no approval to withdraw.`,
      );
    }
    const { batches, claimed } = await removeUnclaimed(tx, issue);
    if (claimed > 0) {
      throw new AppError(
        'refused',
        `${claimed} of ${batches} batches of ${week} have been handed to Resend; pause or cancel it instead.`,
      );
    }
    await removeApproval(context, tx, issue, WITHDRAWN);
  });
  await updateRecaps(context);
}
