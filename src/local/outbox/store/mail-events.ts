import { createHash } from 'node:crypto';
import { bareAddress } from './_address.ts';

export type MailEvent = 'sent' | 'delivered' | 'bounced' | 'complained' | 'suppressed';

/** From first to last: a mail's last event only moves to the right. */
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

/** What happens to a mail: Resend's test addresses (resend.md 7) choose, all others are delivered. */
export function eventsFor(to: string): MailEvent[] {
  const [, behaviour = ''] = /^(\w+)(?:\+[^@]*)?@resend\.dev$/.exec(bareAddress(to).toLowerCase()) ?? [];
  return EVENTS_BY_BEHAVIOUR[behaviour] ?? ['sent', 'delivered'];
}

/** One address in ten always hears of its events in the wrong order: Resend guarantees none (resend.md 4.2). */
export function isDeliveredOutOfOrder(to: string): boolean {
  return createHash('sha256').update(bareAddress(to)).digest().readUInt16BE() % 10 === 0;
}
