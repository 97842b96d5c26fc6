import type { Tx } from '../database.ts';
import { moveIssue } from '../issues/status.ts';

/** An issue is sent once no batch of it has anything left to do. */
export async function finishIssueWhenDone(tx: Tx, issueId: number, now: Date): Promise<void> {
  // The lock lets two last batches settle one after the other: each alone would see the other unfinished.
  await tx.selectFrom('issues').select('id').where('id', '=', issueId).forUpdate().execute();
  const open = await tx
    .selectFrom('batches')
    .select('id')
    .where('issue_id', '=', issueId)
    .where('status', 'in', ['queued', 'submitting'])
    .limit(1)
    .executeTakeFirst();
  if (!open) {
    await moveIssue(tx, issueId, ['sending', 'paused'], 'sent', now);
  }
}
