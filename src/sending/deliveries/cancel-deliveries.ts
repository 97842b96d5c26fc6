import { sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';
import { statusesBefore } from '../rules/delivery-status.ts';

/**
 * Ends the queued mails of the issue's cancelled batches: those going out for the first time become cancelled; those
 * being sent again get back the status that staff saw. One that was unknown may have arrived, so its events still
 * count, and staff can decide again.
 */
export async function cancelDeliveries(tx: Tx, issueId: number, now: Date): Promise<void> {
  const at = (status: string) =>
    sql`case when was.status = ${status} then ${now}::timestamptz else ${sql.ref(`deliveries.${status}_at`)} end`;
  await sql`
    update deliveries set email = null, status = coalesce(was.status, 'cancelled'),
      unknown_at = ${at('unknown')}, failed_at = ${at('failed')}, rejected_at = ${at('rejected')},
      cancelled_at = case when was.status is null then ${now}::timestamptz end
    from batches, deliveries as own
    left join lateral (
      select from_status as status from delivery_decisions
      where delivery_id = own.id and own.round > 1 and decision = 'send again' order by id desc limit 1) as was on true
    where batches.id = own.batch_id and batches.status = 'cancelled' and own.issue_id = ${issueId} and own.id = deliveries.id
      and deliveries.issue_id = ${issueId} and deliveries.status = any(${statusesBefore('cancel')})`.execute(
    tx,
  );
}
