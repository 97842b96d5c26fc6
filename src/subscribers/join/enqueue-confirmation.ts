import type { Tx } from '../../database/connect.ts';
import { type Boss, enqueue } from '../../queue/queue.ts';

/** Enqueues the mail that answers this request. Each request has a job of its own: that of an earlier one may be hours old. */
export async function enqueueConfirmation(
  boss: Boss,
  tx: Tx,
  { id, requested_at }: { id: number; requested_at: Date },
  priority = 0,
): Promise<void> {
  const data = { subscriber_id: id, requested_at: requested_at.toISOString() };
  await enqueue(boss, tx, 'send-confirmation', [{ key: `${id} ${data.requested_at}`, data, priority }]);
}
