import type { BatchStatus, IssueStatus } from '../../database/schema.ts';
import type { SendResult } from './parse-response.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Resend forgets a key after 24 h (resend.md 1.3); a retry after that would be a second mail. */
const RETRY_WITHIN_HOURS = 23;

/**
 * What becomes of a batch: `settled` and `unknown` are ends; `open` is tried again with the same bytes under the same
 * key; `handed back` is as if it had never been tried.
 */
export type BatchOutcome =
  | { kind: 'settled' }
  | { kind: 'unknown'; reason: string }
  | { kind: 'open'; reason: string }
  | { kind: 'released'; reason: string };

/** Why an issue must not go on, and when it goes on by itself: never without a time. */
export interface Halt {
  reason: string;
  resume_at: Date | null;
  /** Everything stops, not this issue alone: key, domain or account are refused. */
  is_general: boolean;
}

/** A batch whose outcome is open is brought to its end even when its issue was paused or cancelled meanwhile. */
export function isSendable(batch: BatchStatus, issue: IssueStatus): boolean {
  return batch === 'submitting' || (batch === 'queued' && issue === 'sending');
}

/** `uncertain_ms`: since the first attempt that may have been processed. */
export function isTooOldToRetry(uncertain_ms: number): boolean {
  return uncertain_ms >= RETRY_WITHIN_HOURS * HOUR_MS;
}

export const TOO_OLD: SendResult = {
  kind: 'unknown',
  reason: `no answer within ${RETRY_WITHIN_HOURS} hours`,
};

/**
 * `was_uncertain`: an earlier attempt of the batch may have been processed. Otherwise what was certainly not processed
 * is given back: its members are asked anew at the next attempt, so that nobody who leaves meanwhile is mailed.
 */
export function outcomeOf(answer: SendResult, was_uncertain: boolean): BatchOutcome {
  switch (answer.kind) {
    case 'accepted':
      return { kind: 'settled' };
    case 'unknown':
      return { kind: 'unknown', reason: answer.reason };
    case 'retry':
      return { kind: 'open', reason: answer.reason };
    case 'wait':
    case 'quota':
    case 'stop':
    case 'pause':
      return { kind: was_uncertain ? 'open' : 'released', reason: answer.reason };
  }
}

/** Undefined when the issue may go on. */
export function haltAfter(answer: SendResult, now: Date): Halt | undefined {
  const reason = 'reason' in answer ? `Resend answered ${answer.reason}` : '';
  switch (answer.kind) {
    case 'quota':
      return { reason, resume_at: nextQuotaDay(now), is_general: false };
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

/**
 * A daily quota returns with the UTC day (resend.md 3.2). When a month's does nobody tells: one call a day finds out.
 * A minute is left for clocks that differ, and a refusal just after midnight is asked about again in ten.
 */
export function nextQuotaDay(now: Date): Date {
  const sinceMidnight = now.getTime() % DAY_MS;
  return sinceMidnight < 10 * MINUTE_MS
    ? new Date(now.getTime() + 10 * MINUTE_MS)
    : new Date(now.getTime() - sinceMidnight + DAY_MS + MINUTE_MS);
}
