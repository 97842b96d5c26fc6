import type { DeliveryStatus } from '../../database/schema.ts';

/** What Resend reports of a mail, in our words. */
export type DeliveryEvent =
  | 'submitted'
  | 'delayed'
  | 'delivered'
  | 'failed'
  | 'suppressed'
  | 'bounced'
  | 'complained';

/** What we do with a delivery: its batch is tried, given back, answered or given up; staff decide. */
export type DeliveryMove =
  | 'claim'
  | 'skip'
  | 'hand back'
  | 'reject'
  | 'lose'
  | 'cancel'
  | 'count as sent'
  | 'send again';

export type DeliveryChange = DeliveryEvent | DeliveryMove;

export const DELIVERY_STATUSES: readonly DeliveryStatus[] = [
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

/** From where each move leads where; from anywhere else it changes nothing. */
const MOVES: Record<DeliveryMove, { from: readonly DeliveryStatus[]; to: DeliveryStatus }> = {
  claim: { from: ['queued'], to: 'submitting' },
  skip: { from: ['queued'], to: 'skipped' },
  'hand back': { from: ['submitting'], to: 'queued' },
  reject: { from: ['submitting', 'unknown'], to: 'rejected' },
  lose: { from: ['submitting'], to: 'unknown' },
  cancel: { from: ['queued'], to: 'cancelled' },
  'count as sent': { from: ['unknown'], to: 'submitted' },
  'send again': { from: ['unknown', 'failed', 'rejected'], to: 'queued' },
};

/** How final a status is: events come late, twice and out of order, and only ever move a delivery forward. */
const RANK: Record<DeliveryEvent | 'queued' | 'submitting' | 'unknown', number> = {
  queued: 0,
  submitting: 1,
  unknown: 2,
  submitted: 3,
  delayed: 4,
  delivered: 5,
  failed: 6,
  suppressed: 6,
  bounced: 7,
  complained: 8,
};

/** The status after a change; skipped, rejected and cancelled deliveries were never submitted: no event moves them. */
export function nextStatus(current: DeliveryStatus, change: DeliveryChange): DeliveryStatus {
  if (isMove(change)) {
    const { from, to } = MOVES[change];
    return from.includes(current) ? to : current;
  }
  if (current === 'skipped' || current === 'rejected' || current === 'cancelled') {
    return current;
  }
  return RANK[change] > RANK[current] ? change : current;
}

/** Where a change has an effect: what a statement that makes it for many deliveries at once asks for. */
export function statusesBefore(change: DeliveryChange): DeliveryStatus[] {
  return DELIVERY_STATUSES.filter((status) => nextStatus(status, change) !== status);
}

/**
 * Whether an event about an earlier round still says something of a delivery that staff sent again. Only while the new
 * round waits: `from_status` is what staff saw. Of an unknown mail any event is the sign that was missing; of one
 * that had failed only that it arrived after all.
 */
export function isSignOfEarlierRound(
  current: DeliveryStatus,
  from_status: DeliveryStatus,
  event: DeliveryEvent,
): boolean {
  const isArrival = event === 'delivered' || event === 'complained';
  return current === 'queued' && (from_status === 'unknown' || isArrival);
}

function isMove(change: DeliveryChange): change is DeliveryMove {
  return Object.hasOwn(MOVES, change);
}
