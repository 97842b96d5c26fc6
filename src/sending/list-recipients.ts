import type { Db } from '../database.ts';
import type { DeliveryStatus } from '../schema.ts';

/** Deliveries of an issue with the reader's address, in the order of sending; `email` is null once a reader is erased. */
export async function listRecipients(db: Db, issueId: number, status?: DeliveryStatus) {
  return db
    .selectFrom('deliveries')
    .leftJoin('subscribers', 'subscribers.id', 'deliveries.subscriber_id')
    .select(({ fn }) => [
      'deliveries.id as delivery_id',
      fn.coalesce('deliveries.email', 'subscribers.email').as('email'),
      'deliveries.status',
      'deliveries.reason',
      'deliveries.resend_id',
      'deliveries.submitted_at',
    ])
    .where('deliveries.issue_id', '=', issueId)
    .$if(status !== undefined, (query) => query.where('deliveries.status', '=', status as DeliveryStatus))
    .orderBy('deliveries.batch_id')
    .orderBy('deliveries.position')
    .execute();
}
