import type { DeliveryStatus } from '../schema.ts';

/** What Resend reports of a mail, in our words. */
export type DeliveryEvent =
  | 'submitted'
  | 'delayed'
  | 'delivered'
  | 'failed'
  | 'suppressed'
  | 'bounced'
  | 'complained';

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

/** The status after an event; skipped, rejected and cancelled deliveries were never submitted and stay as they are. */
export function nextStatus(current: DeliveryStatus, event: DeliveryEvent): DeliveryStatus {
  if (current === 'skipped' || current === 'rejected' || current === 'cancelled') {
    return current;
  }
  return RANK[event] > RANK[current] ? event : current;
}
