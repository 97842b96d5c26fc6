import type { Tx } from '../database.ts';

export type SuppressionReason = 'bounced' | 'complained' | 'suppressed';

/** We stop, not they: nothing goes to this reader any more. Whoever left or was stopped before keeps that status. */
export async function suppressSubscriber(
  tx: Tx,
  subscriberId: number,
  reason: SuppressionReason,
  at: Date,
): Promise<void> {
  await tx
    .updateTable('subscribers')
    .set({ status: 'suppressed', suppressed_at: at, suppressed_reason: reason })
    .where('id', '=', subscriberId)
    .where('status', 'in', ['active', 'pending'])
    .execute();
}
