import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { removeApproval } from '../../issues/decide/approve.ts';
import { updateRecaps } from '../../issues/decide/update-recaps.ts';
import { lockIssue } from '../../issues/record/issue.ts';
import { nameOfStatus } from '../../issues/record/status.ts';
import type { Week } from '../../week.ts';

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
    if (issue.prepared_at) {
      await removeRecipients(tx, issue.id, week);
    }
    await removeApproval(context, tx, issue, WITHDRAWN);
  });
  await updateRecaps(context);
}

/** Jobs of the removed batches end when a worker fetches them. */
async function removeRecipients(tx: Tx, issueId: number, week: Week): Promise<void> {
  // The lock waits for a claim in progress, so that its batch is seen as claimed.
  const batches = await tx
    .selectFrom('batches')
    .select('id')
    .where('issue_id', '=', issueId)
    .forUpdate()
    .execute();
  const claimed = await countClaimed(tx, issueId);
  if (claimed > 0) {
    throw new AppError(
      'refused',
      `${claimed} of ${batches.length} batches of ${week} have been handed to Resend; pause or cancel it instead.`,
    );
  }
  await tx.deleteFrom('deliveries').where('issue_id', '=', issueId).execute();
  await tx.deleteFrom('batches').where('issue_id', '=', issueId).execute();
  await tx
    .updateTable('issues')
    .set({ prepared_at: null, resumed_at: null, resume_at: null, voting_closed_at: null })
    .where('id', '=', issueId)
    .execute();
  // Voting may have closed while it waited: nobody could have voted.
  await tx.deleteFrom('tallies').where('issue_id', '=', issueId).execute();
  await tx.deleteFrom('share_images').where('issue_id', '=', issueId).execute();
}

/** Not counting batches whose readers had all left when a worker claimed them: nothing of those was sent. */
async function countClaimed(tx: Tx, issueId: number): Promise<number> {
  const { claimed } = await tx
    .selectFrom('batches')
    .select(({ fn }) => fn.countAll<number>().as('claimed'))
    .where('issue_id', '=', issueId)
    .where('first_attempt_at', 'is not', null)
    .where(({ exists, or, selectFrom }) => {
      const deliveries = selectFrom('deliveries').select('id').where('issue_id', '=', issueId);
      return or([
        exists(deliveries.whereRef('batch_id', '=', 'batches.id').where('status', '!=', 'skipped')),
        // Mails to be sent again have left the batch in which they were handed to Resend.
        exists(deliveries.where('round', '>', 1)),
      ]);
    })
    .executeTakeFirstOrThrow();
  return claimed;
}
