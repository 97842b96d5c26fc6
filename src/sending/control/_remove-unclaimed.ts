import type { Tx } from '../../database/connect.ts';
import type { Issue } from '../../issues/record/issue.ts';

/**
 * Removes a prepared issue's recipients, as if it had not been prepared, unless one of its batches has been claimed: until then
 * nobody can have got it. Returns the number of its batches, and of those that had been claimed. Jobs of the removed batches end when a
 * worker fetches them.
 */
export async function removeUnclaimed(
  tx: Tx,
  { id, prepared_at }: Pick<Issue, 'id' | 'prepared_at'>,
): Promise<{ batches: number; claimed: number }> {
  if (!prepared_at) {
    return { batches: 0, claimed: 0 };
  }
  // The lock waits for a claim in progress, so that its batch is seen as claimed.
  const batches = await tx
    .selectFrom('batches')
    .select('id')
    .where('issue_id', '=', id)
    .forUpdate()
    .execute();
  const claimed = await countClaimed(tx, id);
  if (claimed === 0) {
    await tx.deleteFrom('deliveries').where('issue_id', '=', id).execute();
    await tx.deleteFrom('batches').where('issue_id', '=', id).execute();
    await tx
      .updateTable('issues')
      .set(({ eb }) => ({
        // Resend may remember the keys of refused batches: those of the next preparation are others.
        withdrawals: eb('withdrawals', '+', 1),
        prepared_at: null,
        status_reason: null,
        resumed_at: null,
        resume_at: null,
        voting_closed_at: null,
        digest_month: null,
      }))
      .where('id', '=', id)
      .execute();
    // Voting may have closed while it waited: nobody could have voted.
    await tx.deleteFrom('tallies').where('issue_id', '=', id).execute();
    await tx.deleteFrom('share_images').where('issue_id', '=', id).execute();
  }
  return { batches: batches.length, claimed };
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
