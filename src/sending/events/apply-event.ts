import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import type { DeliveryStatus, Row } from '../../database/schema.ts';
import { recordEngagements } from '../../subscribers/engagement/record-engagement.ts';
import { isPast } from '../past/past-issue.ts';
import { type DeliveryEvent, nextStatus, statusAfterEarlierMail } from '../rules/delivery-status.ts';
import { appliesToCurrentRound, statusShownBy } from './_applies-to-round.ts';
import { findDelivery } from './_find-delivery.ts';
import { haltSending } from './_halt-sending.ts';
import { recordFailedLetter } from './_letter-failed.ts';
import { reportFailedMail } from './_mail-failed.ts';
import { isBouncingRepeatedly } from './_is-bouncing-repeatedly.ts';
import {
  deliveryIdOf,
  isReading,
  isTransientBounce,
  letterOf,
  type ResendEvent,
  roundOf,
  suppressionCauseOf,
} from './read-event.ts';
import {
  listAddressChanges,
  lockReader,
  suppressByLetter,
  suppressComplainant,
  suppressByEvent,
  suppressRecipientOf,
} from './suppress-by-event.ts';
import { traceEvent } from './_trace-event.ts';

/** `repeated`: it had been stored before. `ignored`: it concerns nothing of ours. */
export type EventResult = 'applied' | 'repeated' | 'ignored';

/**
 * Applies a verified event. One about a delivery is stored once, by its svix-id, in the same transaction; one about a letter
 * is not stored. Events of other senders are ignored.
 */
export async function applyEvent(context: Context, svixId: string, event: ResendEvent): Promise<EventResult> {
  const deliveryId = deliveryIdOf(event, context.installation.id);
  if (deliveryId === undefined) {
    return applyToLetter(context, event);
  }
  const apply = () => applyToDelivery(context, svixId, deliveryId, event);
  return traceEvent(context, svixId, { delivery: deliveryId, type: event.type }, apply);
}

async function applyToDelivery(
  context: Context,
  svixId: string,
  deliveryId: number,
  event: ResendEvent,
): Promise<EventResult> {
  const { is_new, delivery } = await context.db.transaction().execute(async (tx) => {
    const stored = await storeEvent(tx, svixId, deliveryId, event, context.now());
    await context.failpoint('event stored');
    return {
      is_new: stored,
      delivery: stored ? await applyOnce(context, tx, deliveryId, event) : undefined,
    };
  });
  if (delivery) {
    await haltSending(context, delivery, event);
  }
  return is_new ? 'applied' : 'repeated';
}

/** Letters have no delivery: only events that suppress an address and failures matter, and repeating one changes nothing. */
async function applyToLetter(context: Context, event: ResendEvent): Promise<EventResult> {
  const letter = letterOf(event, context.installation.id);
  const reason = suppressionCauseOf(event);
  if (letter && event.type === 'email.failed') {
    const readerId = letter.tag === 'reader' ? letter.id : undefined;
    await context.db.transaction().execute((tx) => recordFailedLetter(context, tx, readerId, event));
    return 'applied';
  }
  if (!letter || !reason) {
    return 'ignored';
  }
  await context.db.transaction().execute(async (tx) => {
    await suppressByLetter(tx, letter, reason, event);
    await suppressComplainant(tx, event);
  });
  return 'applied';
}

async function storeEvent(
  tx: Tx,
  svixId: string,
  deliveryId: number,
  event: ResendEvent,
  now: Date,
): Promise<boolean> {
  // The previous release may have stored it before the update.
  const { rows } = await sql`
    insert into delivery_events (svix_id, type, delivery_id, occurred_at, received_at, payload)
    select ${svixId}, ${event.type}, ${deliveryId}, ${event.created_at}, ${now}, ${JSON.stringify(event.data)}
    where not exists (select from webhook_events where svix_id = ${svixId})
    on conflict do nothing returning svix_id`.execute(tx);
  return rows.length > 0;
}

async function applyOnce(context: Context, tx: Tx, deliveryId: number, event: ResendEvent) {
  const delivery = await findDelivery(tx, deliveryId, event);
  if (!delivery) {
    await suppressRecipientOf(tx, event);
    await suppressComplainant(tx, event);
    return undefined;
  }
  const isFinal = delivery.submitting_at !== null && isPast(delivery.submitting_at, context.now());
  if (!isFinal && (await appliesToCurrentRound(tx, delivery, event))) {
    await updateDelivery(tx, delivery, event);
    await (event.type === 'email.failed' && reportFailedMail(context, tx, delivery, event));
  }
  await suppressReaderOf(tx, delivery, event);
  await suppressComplainant(tx, event);
  if (isReading(event)) {
    await recordEngagements(tx, [{ subscriber_id: delivery.subscriber_id, at: event.created_at }]);
  }
  return delivery;
}

async function updateDelivery(tx: Tx, delivery: Row<'deliveries'>, event: ResendEvent): Promise<void> {
  const { bounce, failed, suppressed } = event.data;
  const reason = bounce?.type ?? failed?.reason ?? suppressed?.reason;
  const at = event.created_at;
  const kind = statusShownBy(event, delivery);
  await tx
    .updateTable('deliveries')
    .set({
      ...(kind ? statusChange(delivery, kind, event) : {}),
      ...(event.type === 'email.opened' ? { opened_at: delivery.opened_at ?? at } : {}),
      ...(event.type === 'email.clicked' ? { clicked_at: delivery.clicked_at ?? at } : {}),
      resend_id: mailIdAfter(delivery, event),
      ...(reason ? { reason } : {}),
      // A batch that has ended is never retried, so the address that was kept for a retry is deleted.
      ...(kind && ENDED.has(delivery.status)
        ? { email: null, reason: reason ?? null, skipped_at: null, rejected_at: null }
        : {}),
    })
    .where('issue_id', '=', delivery.issue_id)
    .where('id', '=', delivery.id)
    .execute();
}

/** Without a mail of their own that is known. */
const ENDED: ReadonlySet<DeliveryStatus> = new Set(['unknown', 'skipped', 'rejected']);

/** The id of the round's own mail. Until its response or an event of it arrives, the id of an earlier round's mail is kept. */
function mailIdAfter({ round, resend_id }: Row<'deliveries'>, event: ResendEvent): string | null {
  const { email_id } = event.data;
  const mayReplace = round > 1 && roundOf(event) === round;
  return (mayReplace ? (email_id ?? resend_id) : (resend_id ?? email_id)) ?? null;
}

function statusChange(delivery: Row<'deliveries'>, kind: DeliveryEvent, event: ResendEvent) {
  const isEarlier = roundOf(event) < delivery.round;
  const status = (isEarlier ? statusAfterEarlierMail : nextStatus)(delivery.status, kind);
  return { status, [`${kind}_at`]: delivery[`${kind}_at`] ?? event.created_at };
}

async function suppressReaderOf(tx: Tx, delivery: Row<'deliveries'>, event: ResendEvent): Promise<void> {
  const { subscriber_id } = delivery;
  const reason = suppressionCauseOf(event);
  const isBouncing =
    reason === undefined && isTransientBounce(event) && (await isBouncingRepeatedly(tx, subscriber_id));
  if (reason || isBouncing) {
    await lockReader(tx, subscriber_id);
    const changes = await listAddressChanges(tx, subscriber_id, {
      since: await submittedAfter(tx, delivery, event),
    });
    await suppressByEvent(tx, subscriber_id, reason ?? 'bouncing', event.created_at, changes);
  }
}

/** A time before the mail went out, as close as is known: when an earlier round went out is not stored any more. */
async function submittedAfter(
  tx: Tx,
  { issue_id, round, submitting_at }: Row<'deliveries'>,
  event: ResendEvent,
): Promise<Date> {
  const issue = await tx
    .selectFrom('issues')
    .select('prepared_at')
    .where('id', '=', issue_id)
    .executeTakeFirst();
  const isThisRound = roundOf(event) === round;
  return (isThisRound ? submitting_at : undefined) ?? issue?.prepared_at ?? new Date(0);
}
