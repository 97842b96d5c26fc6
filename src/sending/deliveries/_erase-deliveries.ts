import type { Tx } from '../../database/connect.ts';

/**
 * Erases what sending stores about a reader: reported events, and the address needed for a retry. A mail in flight keeps
 * its address until the outcome is known, at most 24 hours.
 */
export async function eraseDeliveries(tx: Tx, subscriberId: number): Promise<void> {
  const theirs = tx.selectFrom('deliveries').select('id').where('subscriber_id', '=', subscriberId);
  await tx.deleteFrom('delivery_events').where('delivery_id', 'in', theirs).execute();
  await tx.deleteFrom('webhook_events').where('delivery_id', 'in', theirs).execute();
  // Waits for a claim in progress: the update then sees that the mail is in flight.
  await tx
    .selectFrom('batches')
    .select('id')
    .where('status', 'in', ['queued', 'submitting'])
    .where(
      'id',
      'in',
      tx.selectFrom('deliveries').select('batch_id').where('subscriber_id', '=', subscriberId),
    )
    .orderBy('id')
    .forShare()
    .execute();
  await tx
    .updateTable('deliveries')
    .set({ email: null })
    .where('subscriber_id', '=', subscriberId)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('batches')
            .select('id')
            .whereRef('batches.id', '=', 'deliveries.batch_id')
            .where('batches.status', '=', 'submitting'),
        ),
      ),
    )
    .execute();
}
