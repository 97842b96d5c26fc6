import type { Tx } from '../../database/connect.ts';
import type { Row } from '../../database/schema.ts';
import { findByAddress } from '../../subscribers/address/find-by-address.ts';
import { type ResendEvent, roundOf, weekOf } from './read-event.ts';

const EVENTS_COME_WITHIN_MS = 30 * 86_400_000;

/**
 * Finds the delivery by the id in the event's tag. After a restore that id may belong to another reader: then Resend's id,
 * which `verdicts restored` has stored, and the mail's recipient decide, and an event of a mail that was lost is ignored.
 */
export async function findDelivery(
  tx: Tx,
  id: number,
  event: ResendEvent,
): Promise<Row<'deliveries'> | undefined> {
  const tagged = await selectDeliveries(tx, weekOf(event)).where('id', '=', id).executeTakeFirst();
  const { email_id } = event.data;
  const isItsMail = tagged && (tagged.resend_id === email_id || roundOf(event) !== tagged.round);
  if (isItsMail || !email_id || !(await wasRestored(tx, event.created_at))) {
    return tagged;
  }
  const theirs = await findByRecipient(tx, event);
  if (theirs?.resend_id === email_id) {
    return theirs;
  }
  // Reads every delivery, so it is done only for a reader whose address has changed since.
  const found = theirs
    ? undefined
    : await selectDeliveries(tx, undefined).where('resend_id', '=', email_id).executeTakeFirst();
  const isTheirs = !theirs || theirs.id === tagged?.id;
  return found ?? (tagged?.resend_id === null && isTheirs ? tagged : undefined);
}

/** Selects deliveries of the week's issue, or of any issue if the week is not known, and locks those it finds. */
function selectDeliveries(tx: Tx, week: string | undefined) {
  const query = tx.selectFrom('deliveries').selectAll().forUpdate();
  return week === undefined
    ? query
    : query.where('issue_id', '=', ({ selectFrom }) =>
        selectFrom('issues').select('id').where('week', '=', week),
      );
}

/** The delivery to the reader who now has the address that the mail went to. */
async function findByRecipient(tx: Tx, event: ResendEvent): Promise<Row<'deliveries'> | undefined> {
  const week = weekOf(event);
  const reader = event.recipient && week ? await findByAddress(tx, event.recipient) : undefined;
  return reader && selectDeliveries(tx, week).where('subscriber_id', '=', reader.id).executeTakeFirst();
}

/** True while events for mails sent before a restore may still arrive. */
async function wasRestored(tx: Tx, at: Date): Promise<boolean> {
  const identity = await tx
    .selectFrom('installation_place')
    .select('id')
    .where('generation', '>', 1)
    .where('stamped_at', '>', new Date(at.getTime() - EVENTS_COME_WITHIN_MS))
    .executeTakeFirst();
  return identity !== undefined;
}
