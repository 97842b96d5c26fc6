import * as z from 'zod';
import type { Context } from '../../context.ts';
import type { Db } from '../../database/connect.ts';
import { verifySubscriberToken } from '../../links/tokens.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import { unsubscribe } from '../../subscribers/leave/unsubscribe.ts';
import { readUnsubscribeToken } from '../rules/unsubscribe-headers.ts';

const addresses = z.array(z.string()).catch([]);

/** The parts of Resend's `email.received` that we use; the mail itself stays at Resend. */
const receivedShape = z.object({
  type: z.literal('email.received'),
  created_at: z.coerce.date().optional().catch(undefined),
  data: z.object({ to: addresses, received_for: addresses, subject: z.string().catch('') }),
});

export type ReceivedMail = z.infer<typeof receivedShape>['data'] & { at?: Date | undefined };

/** Undefined for every other event. */
export function readReceivedMail(payload: unknown): ReceivedMail | undefined {
  const received = receivedShape.safeParse(payload).data;
  return received && { ...received.data, at: received.created_at };
}

/**
 * Unsubscribes the reader whose token is in the subject, whichever mailbox the mail came to: UNSUBSCRIBE_MAILBOX may
 * have been different when the reader's mail was sent. The sender's address proves nothing, so staff look at mail to
 * that mailbox without a token.
 */
export async function receiveMail(context: Context, mail: ReceivedMail): Promise<void> {
  const { config, db, linkKeys, now } = context;
  const token = readUnsubscribeToken(mail.subject) ?? '';
  const id = verifySubscriberToken(linkKeys, 'unsubscribe', token);
  if (id !== undefined) {
    // Resend repeats an event that was not answered, and staff may replay one: the reader may have come back since.
    return (await hasReturnedSince(db, id, mail.at)) ? undefined : unsubscribe(context, id);
  }
  const mailbox = config.unsubscribeMailbox?.toLowerCase();
  const isForUs = [...mail.to, ...mail.received_for].some((address) => bare(address) === mailbox);
  if (mailbox === undefined || !isForUs) {
    return;
  }
  const day = now().toISOString().slice(0, 10);
  await db.transaction().execute((tx) =>
    notifyStaff(context, tx, `unsubscribe mailbox ${day}`, {
      title: 'A mail to the unsubscribe mailbox',
      message:
        'Somebody wrote to UNSUBSCRIBE_MAILBOX by hand, so it does not say which reader they are. Read it at Resend, and run `verdicts subscribers unsubscribe EMAIL --why mail`.',
    }),
  );
}

async function hasReturnedSince(db: Db, id: number, at: Date | undefined): Promise<boolean> {
  const reader = await db
    .selectFrom('subscribers')
    .select(['confirmed_at', 'returned_at'])
    .where('id', '=', id)
    .executeTakeFirst();
  const returns = [reader?.confirmed_at, reader?.returned_at].filter((time) => time instanceof Date);
  return at !== undefined && returns.some((time) => time > at);
}

function bare(address: string): string {
  return (/<([^<>]+)>\s*$/.exec(address)?.[1] ?? address).trim().toLowerCase();
}
