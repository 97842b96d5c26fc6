import type { Context } from '../context.ts';
import { moveIssue } from '../issues/status.ts';

/**
 * An issue is sent once no batch of it has anything left to do. Asked after a batch is settled, never in the same
 * transaction: of two last batches each would see the other unfinished.
 */
export async function finishIssueWhenDone({ db, now }: Context, issueId: number): Promise<void> {
  const open = await db
    .selectFrom('batches')
    .select('id')
    .where('issue_id', '=', issueId)
    .where('status', 'in', ['queued', 'submitting'])
    .limit(1)
    .executeTakeFirst();
  if (!open) {
    await db
      .transaction()
      .execute(async (tx) => moveIssue(tx, issueId, ['sending', 'paused'], 'sent', now()));
  }
}
