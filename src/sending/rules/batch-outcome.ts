import type { BatchStatus, IssueStatus } from '../../database/schema.ts';
import type { SendResult } from './parse-response.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Resend forgets an idempotency key after 24 h (docs/resend.md, idempotency); a retry after that would be a second mail. */
const RETRY_WITHIN_HOURS = 23;
/** Half of what is left of the 24 hours: a standby's clock may be this far behind that of the server it replaces. */
const CLOCKS_DIFFER_MS = 30 * MINUTE_MS;

/**
 * What becomes of a batch: `settled` and `unknown` are final; `pending` is retried with the same bytes under the same key;
 * `released` is queued again as if it had never been attempted.
 */
export type BatchOutcome =
  | { kind: 'settled' }
  | { kind: 'unknown'; reason: string }
  | { kind: 'pending'; reason: string }
  | { kind: 'released'; reason: string };

/** Why an issue must pause, and when it resumes automatically (null: never). */
export interface Halt {
  reason: string;
  resume_at: Date | null;
  /** Stops all sending, not only this issue: key, domain or account was rejected. */
  is_general: boolean;
}

/** A batch whose outcome is not yet known is retried until it is known, even if its issue or lane was paused meanwhile. */
export function isSendable(
  batch: BatchStatus,
  issue: IssueStatus,
  { isLanePaused = false }: { isLanePaused?: boolean } = {},
): boolean {
  return batch === 'submitting' || (batch === 'queued' && issue === 'sending' && !isLanePaused);
}

/**
 * `uncertain_ms`: the time since the first attempt that may have been processed. If it is clearly negative, the clock was set back since,
 * and nobody knows how long ago the attempt was.
 */
export function isTooOldToRetry(uncertain_ms: number): boolean {
  return uncertain_ms >= RETRY_WITHIN_HOURS * HOUR_MS || uncertain_ms < -CLOCKS_DIFFER_MS;
}

/** What becomes of an attempt that is too old to be retried. */
export function tooOld(uncertain_ms: number): { kind: 'unknown'; reason: string } {
  return {
    kind: 'unknown',
    reason:
      uncertain_ms < 0
        ? 'no response before the clock was set back'
        : `no response within ${RETRY_WITHIN_HOURS} hours`,
  };
}

/**
 * `was_uncertain`: an earlier attempt of the batch may have been processed. If not, a batch that was certainly not
 * processed is released: the next attempt checks its members again, so that nobody who leaves meanwhile is mailed.
 */
export function outcomeOf(result: SendResult, was_uncertain: boolean): BatchOutcome {
  switch (result.kind) {
    case 'accepted':
      return { kind: 'settled' };
    case 'unknown':
      return { kind: 'unknown', reason: result.reason };
    case 'retry':
      return { kind: 'pending', reason: result.reason };
    case 'wait':
    case 'quota':
    case 'stop':
    case 'pause':
      return { kind: was_uncertain ? 'pending' : 'released', reason: result.reason };
  }
}

/** Undefined when the issue may continue. */
export function haltAfter(result: SendResult, now: Date): Halt | undefined {
  const reason = 'reason' in result ? `Resend returned ${result.reason}` : '';
  switch (result.kind) {
    case 'quota':
      return { reason, resume_at: nextQuotaRetryAt(now), is_general: false };
    case 'stop':
      return { reason, resume_at: null, is_general: true };
    case 'pause':
      return { reason, resume_at: null, is_general: false };
    case 'accepted':
    case 'wait':
    case 'retry':
    case 'unknown':
      return undefined;
  }
}

/** When the next UTC day's ceiling of a warm-up is certainly in force. Adds a minute for clock skew. */
export function nextCeilingAt(now: Date): Date {
  return new Date(now.getTime() - (now.getTime() % DAY_MS) + DAY_MS + MINUTE_MS);
}

/**
 * A daily quota resets with the UTC day (docs/resend.md, quotas). Nothing says when a monthly one resets: one call a day finds
 * out. Adds a minute for clock skew; a refusal within ten minutes after midnight is retried ten minutes later.
 */
export function nextQuotaRetryAt(now: Date): Date {
  const sinceMidnight = now.getTime() % DAY_MS;
  return sinceMidnight < 10 * MINUTE_MS
    ? new Date(now.getTime() + 10 * MINUTE_MS)
    : new Date(now.getTime() - sinceMidnight + DAY_MS + MINUTE_MS);
}
