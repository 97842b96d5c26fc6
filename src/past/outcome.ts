import type { DeliveryStatus } from '../database/schema.ts';

/**
 * What stays of a delivery is one byte in `past_deliveries.outcomes`: four bits for the place of its status in this list,
 * counted from 1, and a bit each for the rest. A byte 0 is a reader who was not among the recipients. The places are stored, so
 * they never change.
 */
const STATUSES: readonly DeliveryStatus[] = [
  'queued',
  'submitting',
  'submitted',
  'delivered',
  'delayed',
  'bounced',
  'complained',
  'suppressed',
  'failed',
  'skipped',
  'rejected',
  'unknown',
  'cancelled',
];
const STATUS_BITS = 0x0f;
const BITS = { opened: 0x10, clicked: 0x20, /** Resend accepted it. */ submitted: 0x40 } as const;

/** Readers in a row of `past_deliveries`: those from `part * PART_SIZE` on, by their ids. */
export const PART_SIZE = 8_192;

const PLACES = `array[${STATUSES.map((status) => `'${status}'`).join(', ')}]`;

/** In SQL, as what follows: the byte of a row of `deliveries`, as a number. */
export const OUTCOME_OF_DELIVERY = [
  `array_position(${PLACES}, status)`,
  ...Object.entries(BITS).map(([event, bit]) => `case when ${event}_at is null then 0 else ${bit} end`),
].join(' | ');

/** The status in a byte. */
export function statusIn(outcome: string): string {
  return `(${PLACES})[${outcome} & ${STATUS_BITS}]`;
}

/** Whether the mail of a byte was opened, clicked or submitted. */
export function isIn(outcome: string, event: keyof typeof BITS): string {
  return `(${outcome} & ${BITS[event]} > 0)`;
}
