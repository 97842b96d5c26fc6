import type { Context } from '../context.ts';
import type { Tx } from '../database.ts';
import { suppressSubscriber } from '../subscribers/suppress.ts';
import { nextStatus } from './delivery-status.ts';
import { deliveryIdOf, type ResendEvent, statusEventOf, stopReasonOf } from './read-event.ts';

/** Stores a verified event once, by its svix-id, and applies it in the same transaction. Others' events change nothing. */
export async function applyEvent(
  { db, installation, now }: Context,
  svixId: string,
  event: ResendEvent,
): Promise<void> {
  const deliveryId = deliveryIdOf(event, installation.id);
  if (deliveryId === undefined) {
    return;
  }
  await db.transaction().execute(async (tx) => {
    const stored = await tx
      .insertInto('webhook_events')
      .values({
        svix_id: svixId,
        type: event.type,
        delivery_id: deliveryId,
        occurred_at: event.created_at,
        received_at: now(),
        payload: JSON.stringify(event.data),
      })
      .onConflict((conflict) => conflict.column('svix_id').doNothing())
      .returning('svix_id')
      .executeTakeFirst();
    if (stored) {
      await applyOnce(tx, deliveryId, event);
    }
  });
}

async function applyOnce(tx: Tx, deliveryId: number, event: ResendEvent): Promise<void> {
  const delivery = await tx
    .selectFrom('deliveries')
    .selectAll()
    .where('id', '=', deliveryId)
    .forUpdate()
    .executeTakeFirst();
  if (!delivery) {
    return;
  }
  const reason = event.data.bounce?.type ?? event.data.failed?.reason ?? event.data.suppressed?.reason;
  const at = event.created_at;
  const kind = statusEventOf(event);
  await tx
    .updateTable('deliveries')
    .set({
      ...(kind
        ? { status: nextStatus(delivery.status, kind), [`${kind}_at`]: delivery[`${kind}_at`] ?? at }
        : {}),
      ...(event.type === 'email.opened' ? { opened_at: delivery.opened_at ?? at } : {}),
      ...(event.type === 'email.clicked' ? { clicked_at: delivery.clicked_at ?? at } : {}),
      resend_id: delivery.resend_id ?? event.data.email_id ?? null,
      ...(reason ? { reason } : {}),
    })
    .where('id', '=', deliveryId)
    .execute();
  const stopReason = stopReasonOf(event);
  if (stopReason) {
    await suppressSubscriber(tx, delivery.subscriber_id, stopReason, at);
  }
}
