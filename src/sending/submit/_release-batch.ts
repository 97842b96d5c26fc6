import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';
import type { Lane } from '../lanes/lanes.ts';
import { cancelReservation } from '../limits/warm-up.ts';
import { statusesBefore } from '../rules/delivery-status.ts';
import { cancelDeliveries } from '../deliveries/cancel-deliveries.ts';
import type { ClaimedBatch } from './_claim-batch.ts';

/**
 * Neither this attempt nor any earlier one was processed, so nothing needs to stay frozen. The next attempt selects its
 * recipients again and uses a new key, since a rejected call may have used up the old one.
 */
export async function releaseBatch(
  tx: Tx,
  batch: ClaimedBatch,
  lane: Lane,
  reason: string,
  now: Date,
): Promise<void> {
  // A concurrent cancellation waits for this lock, or was committed before it and is seen below.
  await tx
    .selectFrom('issues')
    .select('id')
    .where('id', '=', batch.issue_id)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  const released = await tx
    .updateTable('batches')
    .set({
      status: 'queued',
      last_answer: reason,
      first_attempt_at: null,
      uncertain_since: null,
      link_key_id: null,
      hand_backs: sql`hand_backs + 1`,
      idempotency_key: `${batch.week}-${batch.id}-${randomBytes(9).toString('base64url')}`,
    })
    .where('id', '=', batch.id)
    .where('status', '=', 'submitting')
    // Another worker may have attempted it since; then that attempt is pending.
    .where('attempts', '=', batch.attempt)
    .returning('id')
    .executeTakeFirst();
  if (released) {
    await tx
      .updateTable('deliveries')
      .set({ status: 'queued', submitting_at: null, email: null })
      .where('issue_id', '=', batch.issue_id)
      .where('batch_id', '=', batch.id)
      .where('status', 'in', statusesBefore('release'))
      .execute();
    await cancelWithIssue(tx, batch, now);
    await cancelReservation(tx, lane, batch.first_attempt_at, batch.members.length);
  }
}

/**
 * Cancels the batch if its issue was cancelled while Resend had it. A cancellation by the previous release leaves only the
 * issue's status, which is `sent` if the issue was being sent again.
 */
async function cancelWithIssue(tx: Tx, { id, issue_id }: ClaimedBatch, now: Date): Promise<void> {
  const cancelled = await tx
    .updateTable('batches')
    .from('issues')
    .whereRef('issues.id', '=', 'batches.issue_id')
    .where('batches.id', '=', id)
    .where(({ eb, or }) =>
      or([
        eb('batches.cancel_requested_at', 'is not', null),
        eb('issues.status', 'in', ['cancelled', 'sent']),
      ]),
    )
    .set({ status: 'cancelled', settled_at: now })
    .returning('batches.id')
    .executeTakeFirst();
  await (cancelled && cancelDeliveries(tx, issue_id, now));
}
