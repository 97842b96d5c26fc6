import type { DeliveryStatus } from '../database/schema.ts';

/**
 * What stays of a delivery is one byte in `past_deliveries.outcomes`: four bits for its status, and a bit each for the rest. A byte 0
 * is a reader who was not among the recipients. These numbers are stored, so they never change.
 */
const CODES: Readonly<Record<DeliveryStatus, number>> = {
  queued: 1,
  submitting: 2,
  submitted: 3,
  delivered: 4,
  delayed: 5,
  bounced: 6,
  complained: 7,
  suppressed: 8,
  failed: 9,
  skipped: 10,
  rejected: 11,
  unknown: 12,
  cancelled: 13,
};
const STATUS_BITS = 0x0f;
const BITS = { opened: 0x10, clicked: 0x20, /** Resend accepted it. */ submitted: 0x40 } as const;

/** Readers in a row of `past_deliveries`: those from `part * PART_SIZE` on, by their ids. */
export const PART_SIZE = 8_192;

/** A SQL array with each status at the index that is its code; the first index is 1. */
const STATUSES = `array[${Object.entries(CODES)
  .toSorted(([, a], [, b]) => a - b)
  .map(([status]) => `'${status}'`)
  .join(', ')}]`;

/** SQL, like the results of the functions below: the byte of a row of `deliveries`, as a number. */
export const OUTCOME_OF_DELIVERY = [
  `array_position(${STATUSES}, status)`,
  ...Object.entries(BITS).map(([event, bit]) => `case when ${event}_at is null then 0 else ${bit} end`),
].join(' | ');

/** The status in a byte. */
export function statusSql(outcome: string): string {
  return `(${STATUSES})[${outcome} & ${STATUS_BITS}]`;
}

/** Whether the mail of a byte was opened, clicked or submitted. */
export function hasEventSql(outcome: string, event: keyof typeof BITS): string {
  return `(${outcome} & ${BITS[event]} > 0)`;
}
