import { createHash } from 'node:crypto';
import { bareAddress } from './_address.ts';

export type MailEvent = 'sent' | 'delivered' | 'bounced' | 'complained' | 'suppressed';

/** In order: a mail's last event only ever moves to a later one. */
export const EVENT_ORDER: readonly (MailEvent | 'queued')[] = [
  'queued',
  'sent',
  'delivered',
  'bounced',
  'complained',
  'suppressed',
];

const EVENTS_BY_BEHAVIOUR: Record<string, MailEvent[]> = {
  bounced: ['sent', 'bounced'],
  complained: ['sent', 'delivered', 'complained'],
  suppressed: ['suppressed'],
};

/**
 * The events of a mail: Resend's test addresses (docs/resend.md, test addresses) determine theirs, all other mails are
 * delivered.
 */
export function eventsFor(to: string): MailEvent[] {
  const [, behaviour = ''] = /^(\w+)(?:\+[^@]*)?@resend\.dev$/.exec(bareAddress(to).toLowerCase()) ?? [];
  return EVENTS_BY_BEHAVIOUR[behaviour] ?? ['sent', 'delivered'];
}

/**
 * True for one address in ten, always the same ones, because Resend does not guarantee event order (docs/resend.md,
 * webhooks).
 */
export function isDeliveredOutOfOrder(to: string): boolean {
  return createHash('sha256').update(bareAddress(to)).digest().readUInt16BE() % 10 === 0;
}
