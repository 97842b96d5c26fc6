import { sql } from 'kysely';
import type { Db } from '../../database/connect.ts';
import type { DeliveryStatus } from '../../database/schema.ts';

/**
 * Deliveries of an issue with unmasked addresses, in sending order; `email` is null once a reader is erased. `decisions`
 * lists staff decisions about the delivery: what, when and by whom.
 */
export async function listRecipients(db: Db, issueId: number, status?: DeliveryStatus, limit?: number) {
  return db
    .selectFrom('deliveries')
    .leftJoin('subscribers', 'subscribers.id', 'deliveries.subscriber_id')
    .select(({ fn, selectFrom }) => [
      'deliveries.id as delivery_id',
      fn.coalesce('deliveries.email', 'subscribers.email').as('email'),
      'deliveries.status',
      'deliveries.reason',
      'deliveries.resend_id',
      'deliveries.submitted_at',
      'deliveries.round',
      selectFrom('delivery_decisions')
        .select(
          sql<string>`string_agg(decision || ' (' || to_char(decided_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC, ' || decided_by || ')', '; ' order by id)`.as(
            'told',
          ),
        )
        .whereRef('delivery_decisions.delivery_id', '=', 'deliveries.id')
        .as('decisions'),
    ])
    .where('deliveries.issue_id', '=', issueId)
    .$if(status !== undefined, (query) => query.where('deliveries.status', '=', status as DeliveryStatus))
    .orderBy('deliveries.batch_id')
    .orderBy('deliveries.position')
    .$if(limit !== undefined, (query) => query.limit(limit as number))
    .execute();
}
