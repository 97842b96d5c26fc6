import { expect, test } from 'vitest';
import type { DeliveryStatus } from '../../src/database/schema.ts';
import {
  DELIVERY_STATUSES,
  type DeliveryEvent,
  type DeliveryTransition,
  eventStillCounts,
  nextStatus,
  statusesBefore,
} from '../../src/sending/rules/delivery-status.ts';

const TRANSITIONS: DeliveryTransition[] = [
  'claim',
  'skip',
  'release',
  'reject',
  'mark unknown',
  'cancel',
  'count as sent',
  'send again',
];

// Rows: current status. Columns: next status after each of the transitions above, in their order.
const TABLE: Record<DeliveryStatus, string> = {
  queued: 'submitting skipped queued queued queued cancelled queued queued',
  submitting: 'submitting submitting queued rejected unknown submitting submitting submitting',
  unknown: 'unknown unknown unknown rejected unknown unknown submitted queued',
  submitted: 'submitted submitted submitted submitted submitted submitted submitted submitted',
  delayed: 'delayed delayed delayed delayed delayed delayed delayed delayed',
  delivered: 'delivered delivered delivered delivered delivered delivered delivered delivered',
  failed: 'failed failed failed failed failed failed failed queued',
  suppressed: 'suppressed suppressed suppressed suppressed suppressed suppressed suppressed suppressed',
  bounced: 'bounced bounced bounced bounced bounced bounced bounced bounced',
  complained: 'complained complained complained complained complained complained complained complained',
  skipped: 'skipped skipped skipped skipped skipped skipped skipped skipped',
  rejected: 'rejected rejected rejected rejected rejected rejected rejected queued',
  cancelled: 'cancelled cancelled cancelled cancelled cancelled cancelled cancelled cancelled',
};

test.each(Object.entries(TABLE))('every transition from %s matches the table', (status, row) => {
  const statuses = TRANSITIONS.map((transition) => nextStatus(status as DeliveryStatus, transition));
  expect(statuses.join(' ')).toBe(row);
});

test.each<[DeliveryTransition, DeliveryStatus[]]>([
  ['claim', ['queued']],
  ['skip', ['queued']],
  ['release', ['submitting']],
  ['reject', ['submitting', 'unknown']],
  ['mark unknown', ['submitting']],
  ['cancel', ['queued']],
  ['count as sent', ['unknown']],
  ['send again', ['failed', 'rejected', 'unknown']],
])('statusesBefore("%s") returns exactly the statuses that the transition changes', (transition, from) => {
  expect(statusesBefore(transition)).toEqual(from);
});

// Events of an earlier round that still count, by the status at which staff sent again.
const SIGNS: Record<'unknown' | 'failed' | 'rejected', string> = {
  unknown: 'submitted delayed delivered suppressed bounced complained',
  failed: 'delivered complained',
  rejected: 'delivered complained',
};

const EVENTS: DeliveryEvent[] = [
  'submitted',
  'delayed',
  'delivered',
  'failed',
  'suppressed',
  'bounced',
  'complained',
];

test.each(Object.entries(SIGNS))(
  'for an earlier round sent again as %s, only events that make the next mail unnecessary count, and only while that mail waits, did not go out or nobody knows whether it did',
  (from_status, signs) => {
    const countingAt = (status: DeliveryStatus) =>
      EVENTS.filter((event) =>
        eventStillCounts(status, from_status as DeliveryStatus, event, {
          wasAttempted: status !== 'queued',
        }),
      );
    for (const status of DELIVERY_STATUSES) {
      const isOpen = ['queued', 'unknown', 'skipped', 'rejected'].includes(status);
      expect(countingAt(status).join(' '), status).toBe(isOpen ? signs : '');
    }
  },
);

test('that a mail failed which was sent again as unknown counts only if the next one was cancelled before it was attempted', () => {
  expect(eventStillCounts('unknown', 'unknown', 'failed', { wasAttempted: false })).toBe(true);
  expect(eventStillCounts('unknown', 'unknown', 'failed', { wasAttempted: true })).toBe(false);
  expect(eventStillCounts('queued', 'unknown', 'failed', { wasAttempted: false })).toBe(false);
  // The next one has become unnecessary: this is the mail.
  expect(eventStillCounts('submitted', 'unknown', 'failed', { wasAttempted: false })).toBe(true);
});
