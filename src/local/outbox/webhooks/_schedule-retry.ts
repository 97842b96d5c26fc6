import type { Attempt } from './_post-webhook.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** Delays after the first and each later attempt (docs/resend.md, webhooks); after the last one Resend gives up. */
const RETRY_AFTER_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  10 * HOUR_MS,
];

export interface Outcome {
  svix_id: string;
  mail_id: string;
  event: string;
  /** There was a receiver, but it did not accept the webhook. */
  failed: boolean;
  attempts: number;
  last_status: number | null;
  due_at: Date | null;
  delivered_at: Date | null;
}

/** Only status 200 means accepted (docs/resend.md, webhooks). */
export function scheduleRetry(
  { webhook, status, was_refused, was_interrupted }: Attempt,
  now: Date,
): Outcome {
  const { svix_id, mail_id, type } = webhook;
  const event = type.replace('email.', '');
  const attempts = webhook.attempts + (was_interrupted ? 0 : 1);
  const wait_ms = was_interrupted ? 0 : RETRY_AFTER_MS[webhook.attempts];
  const isAccepted = status === 200;
  return {
    svix_id,
    mail_id,
    event,
    failed: !isAccepted && !was_refused && !was_interrupted,
    attempts,
    last_status: was_interrupted ? webhook.last_status : status,
    due_at: isAccepted || wait_ms === undefined ? null : new Date(now.getTime() + wait_ms),
    delivered_at: isAccepted ? now : null,
  };
}
