import { expect, test } from 'vitest';
import type { DeliveryStatus } from '../../src/database/schema.ts';
import { type DeliveryEvent, nextStatus } from '../../src/sending/rules/delivery-status.ts';

// Rows: current status. Columns: next status after submitted, delayed, delivered, failed, suppressed, bounced, complained.
const TABLE: Record<DeliveryStatus, string> = {
  queued: 'submitted delayed delivered failed suppressed bounced complained',
  submitting: 'submitted delayed delivered failed suppressed bounced complained',
  unknown: 'submitted delayed delivered failed suppressed bounced complained',
  submitted: 'submitted delayed delivered failed suppressed bounced complained',
  delayed: 'delayed delayed delivered failed suppressed bounced complained',
  delivered: 'delivered delivered delivered failed suppressed bounced complained',
  failed: 'failed failed failed failed failed bounced complained',
  suppressed: 'suppressed suppressed suppressed suppressed suppressed bounced complained',
  bounced: 'bounced bounced bounced bounced bounced bounced complained',
  complained: 'complained complained complained complained complained complained complained',
  skipped: 'skipped skipped skipped skipped skipped skipped skipped',
  rejected: 'rejected rejected rejected rejected rejected rejected rejected',
  cancelled: 'cancelled cancelled cancelled cancelled cancelled cancelled cancelled',
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

test.each(Object.entries(TABLE))('every event from %s matches the table', (status, row) => {
  expect(EVENTS.map((event) => nextStatus(status as DeliveryStatus, event)).join(' ')).toBe(row);
});
