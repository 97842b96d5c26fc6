import { sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';
import type { Row } from '../../database/schema.ts';
import { type DeliveryEvent, eventStillCounts } from '../rules/delivery-status.ts';
import { isReading, type ResendEvent, roundOf, statusEventOf } from './read-event.ts';

/**
 * An event of an earlier round matters only if it shows that the current mail is unnecessary. That Resend accepted the earlier
 * mail shows nothing if that mail is known to have failed. (If the failure becomes known only later, staff decide again.)
 */
export async function appliesToCurrentRound(
  tx: Tx,
  delivery: Row<'deliveries'>,
  event: ResendEvent,
): Promise<boolean> {
  const kind = statusShownBy(event, delivery);
  // After a restore, the mail that was found at Resend may be of a later round than this database knows.
  const isOwn = roundOf(event) === delivery.round || isFoundMail(delivery, event);
  if (isOwn || !kind) {
    return isOwn;
  }
  const decision = await tx
    .selectFrom('delivery_decisions')
    .select('from_status')
    .where('delivery_id', '=', delivery.id)
    .where('decision', '=', 'send again')
    .orderBy('id', 'desc')
    .executeTakeFirst();
  const wasAttempted = delivery.submitting_at !== null;
  return (
    decision !== undefined &&
    eventStillCounts(delivery.status, decision.from_status, kind, { wasAttempted }) &&
    !(['submitted', 'delayed'].includes(kind) && (await hasFailed(tx, delivery, roundOf(event))))
  );
}

function isFoundMail({ resend_id }: Row<'deliveries'>, { data }: ResendEvent): boolean {
  return resend_id !== null && resend_id === data.email_id;
}

async function hasFailed(tx: Tx, { id }: Row<'deliveries'>, round: number): Promise<boolean> {
  const failures = await tx
    .selectFrom('delivery_events')
    .select(sql<Pick<ResendEvent['data'], 'tags'>>`payload`.as('data'))
    .where('delivery_id', '=', id)
    .where('type', '=', 'email.failed')
    .execute();
  return failures.some((failure) => roundOf(failure) === round);
}

/** A mail that was opened has arrived, which matters if nothing else is known about it. */
export function statusShownBy(event: ResendEvent, { status }: Row<'deliveries'>): DeliveryEvent | undefined {
  const isUncertain = ['queued', 'submitting', 'unknown'].includes(status);
  return statusEventOf(event) ?? (isUncertain && isReading(event) ? 'delivered' : undefined);
}
