import { randomUUID } from 'node:crypto';
import type { Tx } from '../../../database/connect.ts';
import type { NewRow } from '../../../database/schema.ts';
import type { WebhookFault } from './faults.ts';
import type { Mail } from './mail.ts';
import { isDeliveredOutOfOrder, eventsFor } from './mail-events.ts';
import { type AcceptedMail, describeEvent } from './webhook-payload.ts';

/** Stores the mails and their webhooks with one statement each; returns the mail ids in order. */
export async function storeMails(
  tx: Tx,
  mails: Mail[],
  now: Date,
  faults: readonly WebhookFault[],
): Promise<string[]> {
  const accepted = mails.map((mail) => ({ ...mail, id: randomUUID(), created_at: now }));
  if (accepted.length > 0) {
    await tx.insertInto('outbox.mails').values(accepted.map(mailRow)).execute();
    const webhooks = accepted.flatMap((mail) => webhookRows(mail, faults));
    await tx.insertInto('outbox.webhooks').values(webhooks).execute();
  }
  return accepted.map(({ id }) => id);
}

function mailRow(mail: AcceptedMail): NewRow<'outbox.mails'> {
  return {
    id: mail.id,
    from_address: mail.from,
    to_addresses: mail.to,
    cc_addresses: mail.cc,
    bcc_addresses: mail.bcc,
    reply_to: mail.reply_to,
    subject: mail.subject,
    html: mail.html ?? null,
    text: mail.text ?? null,
    headers: JSON.stringify(mail.headers),
    tags: JSON.stringify(mail.tags),
    last_event: 'queued',
    created_at: mail.created_at,
  };
}

/** Events occur a millisecond apart and are delivered in that order, except for reordered mails. */
function webhookRows(mail: AcceptedMail, faults: readonly WebhookFault[]): NewRow<'outbox.webhooks'>[] {
  const [to = ''] = mail.to;
  const events = eventsFor(to);
  const isReordered = isDeliveredOutOfOrder(to) || faults.some(({ kind }) => kind === 'webhook-reorder');
  const late_ms = Math.max(0, ...faults.map((fault) => (fault.kind === 'webhook-late' ? fault.ms : 0)));
  return events.map((event, index) => ({
    svix_id: `msg_${randomUUID().replaceAll('-', '')}`,
    mail_id: mail.id,
    position: isReordered ? events.length - 1 - index : index,
    type: `email.${event}`,
    payload: describeEvent(mail, event, addMs(mail.created_at, index)),
    copies: faults.some(({ kind }) => kind === 'webhook-twice') ? 2 : 1,
    due_at: addMs(mail.created_at, late_ms),
  }));
}

function addMs(time: Date, ms: number): Date {
  return new Date(time.getTime() + ms);
}
