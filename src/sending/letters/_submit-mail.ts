import type { CreateEmailOptions } from 'resend';
import type { Context } from '../../context.ts';
import { maskAddresses } from '../../errors.ts';
import { haltAfter, isTooOldToRetry, outcomeOf, tooOld } from '../rules/batch-outcome.ts';
import { listLanes } from '../lanes/lanes.ts';
import { stopAfterRefusal } from '../control/pause-after-halt.ts';
import { type Priority, applyRateHeaders, backOff, RetryLater, waitForSlot } from '../limits/rate-limit.ts';
import { parseBatchResponse, type SdkResult, type SendResult } from '../rules/parse-response.ts';
import { beginAttempt, recordRefusal } from './_letter-attempts.ts';
import { resetCircuitBreaker } from '../limits/circuit-breaker.ts';

const TIMEOUT_MS = 30_000;

/** `unwanted`: the reader left, or has another address, while the mail waited. */
export type SubmitOutcome = { kind: 'submitted' } | { kind: 'unwanted' } | { kind: 'lost'; reason: string };

/**
 * Submits one mail through lane 1 under its own idempotency key, or one derived from it once Resend has refused that. Throws RetryLater
 * while a retry can help. A mail that Resend permanently rejects is logged and given up. A slot may be an hour away, so `isWanted` is asked, and the mail's age looked at, once there is one.
 */
export async function submitMail(
  context: Context,
  mail: CreateEmailOptions,
  idempotencyKey: string,
  requestedAt: Date,
  priority: Exclude<Priority, 'bulk'> = 'personal',
  isWanted: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<SubmitOutcome> {
  const [lane] = listLanes(context.config);
  // `requestedAt` may come from a web process whose clock is ahead: a mail that was never sent must not be given up for that.
  const ageOf = () => Math.max(0, context.now().getTime() - requestedAt.getTime());
  while (!isTooOldToRetry(ageOf())) {
    const slot = await waitForSlot(context, priority, lane);
    if (!(await isWanted())) {
      return { kind: 'unwanted' };
    }
    if (isTooOldToRetry(ageOf())) {
      break;
    }
    const attempt = await beginAttempt(context.db, idempotencyKey, context.now());
    const response = await call(context, mail, attempt.key);
    await applyRateHeaders(context.db, lane, slot, response.headers);
    const result = readResponse(response);
    context.metrics.count('letters', result.kind);
    if (slot.is_probe && result.kind !== 'retry' && result.kind !== 'stop') {
      await resetCircuitBreaker(context.db);
    }
    if (result.kind === 'accepted') {
      return { kind: 'submitted' };
    }
    if (result.kind === 'unknown') {
      // Keys of refused attempts are not used again: an attempt by an earlier release was accepted, with other bytes.
      context.log.warn({ key: attempt.key, reason: result.reason }, 'Resend has this mail already');
      return { kind: 'submitted' };
    }
    if (outcomeOf(result, attempt.was_uncertain).kind === 'released') {
      await recordRefusal(context.db, attempt);
    }
    if (isPermanentRejection(response.error)) {
      return giveUp(context, idempotencyKey, maskAddresses(response.error?.message ?? result.kind));
    }
    const halt = haltAfter(result, context.now());
    if (halt?.is_general) {
      await context.db.transaction().execute((tx) => stopAfterRefusal(context, tx, lane, halt));
    }
    if (result.kind !== 'wait') {
      throw new RetryLater(result.reason, isInProgress(result) ? 'promptly' : 'backoff');
    }
    await backOff(context.db, lane, result.seconds);
  }
  return giveUp(context, idempotencyKey, tooOld(ageOf()).reason);
}

function isInProgress(result: SendResult): boolean {
  return result.kind === 'retry' && result.is_in_progress === true;
}

async function call(context: Context, mail: CreateEmailOptions, idempotencyKey: string) {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  return (await context.resend()).emails.send(mail, { idempotencyKey, signal });
}

/** The response to a single mail, as that to a batch of one. */
function readResponse(response: SdkResult): SendResult {
  return parseBatchResponse(response.data ? { ...response, data: { data: [response.data] } } : response, 1);
}

function giveUp({ log }: Context, key: string, reason: string): SubmitOutcome {
  log.error({ key, reason }, 'a mail was not submitted');
  return { kind: 'lost', reason };
}

/** The mail itself is invalid; an invalid key, domain or sender can be fixed while the job waits. */
function isPermanentRejection(
  error: { name: string; message: string; statusCode: number | null } | null,
): boolean {
  const isInvalid =
    error?.name === 'validation_error' && (error.statusCode === 400 || error.statusCode === 422);
  return isInvalid && !error.message.includes('`from`');
}
