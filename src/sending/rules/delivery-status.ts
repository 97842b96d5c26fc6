import type { DeliveryStatus } from '../../database/schema.ts';

/** What Resend reports about a mail, in our terms. */
export type DeliveryEvent =
  | 'submitted'
  | 'delayed'
  | 'delivered'
  | 'failed'
  | 'suppressed'
  | 'bounced'
  | 'complained';

/** What we do with a delivery: claiming, releasing or settling its batch, or a decision by staff. */
export type DeliveryTransition =
  | 'claim'
  | 'skip'
  | 'release'
  | 'reject'
  | 'mark unknown'
  | 'cancel'
  | 'count as sent'
  | 'send again';

export type DeliveryChange = DeliveryEvent | DeliveryTransition;

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

/** Where each transition leads; from any other status it changes nothing. */
const TRANSITIONS: Record<DeliveryTransition, { from: readonly DeliveryStatus[]; to: DeliveryStatus }> = {
  claim: { from: ['queued'], to: 'submitting' },
  skip: { from: ['queued'], to: 'skipped' },
  release: { from: ['submitting'], to: 'queued' },
  reject: { from: ['submitting', 'unknown'], to: 'rejected' },
  'mark unknown': { from: ['submitting'], to: 'unknown' },
  cancel: { from: ['queued'], to: 'cancelled' },
  'count as sent': { from: ['unknown'], to: 'submitted' },
  'send again': { from: ['unknown', 'failed', 'rejected'], to: 'queued' },
};

/** How final a status is: events arrive late, twice and out of order, and may only move a delivery forward. */
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

/** The status after a change; skipped, rejected and cancelled deliveries were never submitted, so no event changes them. */
export function nextStatus(current: DeliveryStatus, change: DeliveryChange): DeliveryStatus {
  if (isTransition(change)) {
    const { from, to } = TRANSITIONS[change];
    return from.includes(current) ? to : current;
  }
  if (current === 'skipped' || current === 'rejected' || current === 'cancelled') {
    return current;
  }
  return RANK[change] > RANK[current] ? change : current;
}

/**
 * The status after an event of an earlier round, one that `eventStillCounts`. A mail that was not sent again after all, because its
 * reader had left or Resend rejected it, is still the one of that round.
 */
export function statusAfterEarlierMail(current: DeliveryStatus, event: DeliveryEvent): DeliveryStatus {
  return nextStatus(wasNotSentAgain(current) ? 'unknown' : current, event);
}

function wasNotSentAgain(status: DeliveryStatus): boolean {
  return status === 'skipped' || status === 'rejected';
}

/** The statuses in which a change has an effect: the condition of an update of many deliveries. */
export function statusesBefore(change: DeliveryChange): DeliveryStatus[] {
  return DELIVERY_STATUSES.filter((status) => nextStatus(status, change) !== status);
}

/**
 * Whether an event from an earlier round still counts for a delivery that staff sent again: only while the new round is
 * queued, its outcome unknown, or nothing was sent in it. If staff had seen it as unknown (`from_status`), any event counts that shows that it went
 * out or that the address is refused; otherwise only proof that the mail arrived. That it failed is a reason for the new round,
 * not against it. Once an event has made the new round unnecessary, so that it was never attempted, the mail is that of the
 * earlier round, and all its further events count.
 */
export function eventStillCounts(
  current: DeliveryStatus,
  from_status: DeliveryStatus,
  event: DeliveryEvent,
  { wasAttempted }: { wasAttempted: boolean },
): boolean {
  if (!wasAttempted && ['submitted', 'delayed', 'delivered'].includes(current)) {
    return true;
  }
  if (event === 'failed') {
    return current === 'unknown' && from_status === 'unknown' && !wasAttempted;
  }
  const isArrival = event === 'delivered' || event === 'complained';
  const isOpen = current === 'queued' || current === 'unknown' || wasNotSentAgain(current);
  return isOpen && (from_status === 'unknown' || isArrival);
}

function isTransition(change: DeliveryChange): change is DeliveryTransition {
  return Object.hasOwn(TRANSITIONS, change);
}
