import type { Tx } from '../../database/connect.ts';
import type { Row } from '../../database/schema.ts';
import { type ResendEvent, roundOf, weekOf } from './read-event.ts';

const EVENTS_COME_WITHIN_MS = 30 * 86_400_000;

/**
 * Finds the delivery by the id in the event's tag. After a restore that id may belong to another reader: then Resend's id,
 * which `verdicts restored` has stored, decides, and an event of a mail that was lost is ignored.
 */
export async function findDelivery(
  tx: Tx,
  id: number,
  event: ResendEvent,
): Promise<Row<'deliveries'> | undefined> {
  const ask = tx.selectFrom('deliveries').selectAll().forUpdate();
  const week = weekOf(event);
  const tagged = await (
    week === undefined
      ? ask
      : ask.where('issue_id', '=', ({ selectFrom }) =>
          selectFrom('issues').select('id').where('week', '=', week),
        )
  )
    .where('id', '=', id)
    .executeTakeFirst();
  const { email_id } = event.data;
  const isItsMail = tagged && (tagged.resend_id === email_id || roundOf(event) !== tagged.round);
  if (isItsMail || !email_id || !(await wasRestored(tx, event.created_at))) {
    return tagged;
  }
  const found = await ask.where('resend_id', '=', email_id).executeTakeFirst();
  return found ?? (tagged?.resend_id === null ? tagged : undefined);
}

/** True while events for mails sent before a restore may still arrive. */
async function wasRestored(tx: Tx, at: Date): Promise<boolean> {
  const place = await tx
    .selectFrom('installation_place')
    .select('id')
    .where('generation', '>', 1)
    .where('stamped_at', '>', new Date(at.getTime() - EVENTS_COME_WITHIN_MS))
    .executeTakeFirst();
  return place !== undefined;
}
