import type { CreateEmailOptions } from 'resend';
import type { Context } from '../../context.ts';
import { maskAddresses } from '../../log.ts';
import { haltAfter } from '../rules/batch-outcome.ts';
import { type Lane, applyRateHeaders, backOff, RetryLater, waitForSlot } from '../limits/rate-limit.ts';
import { parseBatchResponse } from '../rules/parse-response.ts';
import { resetCircuitBreaker, tripCircuitBreaker } from '../limits/circuit-breaker.ts';

const TIMEOUT_MS = 30_000;

export type SubmitOutcome = { submitted: true } | { submitted: false; reason: string };

/** Resend forgets a key after 24 h; a retry after that could be a second mail. */
const MAX_AGE_MS = 23 * 3_600_000;

/**
 * Submits one mail, wanted since `since`, under a key of its own. Throws RetryLater while a retry of the same bytes can
 * help; a mail that Resend refuses for good, or whose fate only Resend knows, is reported in the log and left.
 */
export async function submitMail(
  context: Context,
  mail: CreateEmailOptions,
  idempotencyKey: string,
  since: Date,
  lane: Lane = 'personal',
): Promise<SubmitOutcome> {
  while (context.now().getTime() - since.getTime() < MAX_AGE_MS) {
    const slot = await waitForSlot(context, lane);
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const result = await context.resend.emails.send(mail, { idempotencyKey, signal });
    await applyRateHeaders(context.db, slot, result.headers);
    const isRefused = isRefusedForGood(result.error);
    const answer = parseBatchResponse(result.data ? { ...result, data: { data: [result.data] } } : result, 1);
    if (slot.is_probe && answer.kind !== 'retry' && answer.kind !== 'stop') {
      await resetCircuitBreaker(context.db);
    }
    if (answer.kind === 'accepted') {
      return { submitted: true };
    }
    if (answer.kind === 'unknown' || isRefused) {
      return giveUp(context, idempotencyKey, maskAddresses(result.error?.message ?? answer.kind));
    }
    const halt = haltAfter(answer, context.now());
    if (halt?.is_general) {
      await context.db.transaction().execute((tx) => tripCircuitBreaker(context, tx, halt.reason));
    }
    if (answer.kind !== 'wait') {
      const isInProgress = answer.kind === 'retry' && answer.is_in_progress === true;
      throw new RetryLater(answer.reason, isInProgress ? 'soon' : 'later');
    }
    await backOff(context.db, answer.seconds);
  }
  return giveUp(context, idempotencyKey, 'no answer within 23 hours');
}

function giveUp({ log }: Context, key: string, reason: string): SubmitOutcome {
  log.error({ key, reason }, 'a mail was not submitted');
  return { submitted: false, reason };
}

/** The mail itself is wrong; a key, a domain or a sender that is wrong can be mended while the job waits. */
function isRefusedForGood(error: { name: string; statusCode: number | null } | null): boolean {
  return error?.name === 'validation_error' && (error.statusCode === 400 || error.statusCode === 422);
}
