import type { CreateEmailOptions } from 'resend';
import type { Context } from '../context.ts';
import { learnRate, pushRateBack, waitForSlot } from './rate.ts';
import { readBatchAnswer } from './read-answer.ts';
import { TryLater } from './send-batch.ts';

const TIMEOUT_MS = 30_000;

/** Resend forgets a key after 24 h; a retry after that could be a second mail. */
const MAX_AGE_MS = 23 * 3_600_000;

/**
 * Submits one mail, wanted since `since`, under a key of its own. Throws TryLater while a retry of the same bytes can
 * help; a mail that Resend refuses for good, or whose fate only Resend knows, is reported in the log and left.
 */
export async function submitMail(
  context: Context,
  mail: CreateEmailOptions,
  idempotencyKey: string,
  since: Date,
): Promise<void> {
  while (context.now().getTime() - since.getTime() < MAX_AGE_MS) {
    await waitForSlot(context);
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const result = await context.resend.emails.send(mail, { idempotencyKey, signal });
    await learnRate(context.db, result.headers);
    const isRefused = isRefusedForGood(result.error);
    const answer = readBatchAnswer(result.data ? { ...result, data: { data: [result.data] } } : result, 1);
    if (answer.kind === 'accepted') {
      return;
    }
    if (answer.kind === 'unknown' || isRefused) {
      context.log.error({ key: idempotencyKey, answer: result.error?.name }, 'a mail was refused');
      return;
    }
    if (answer.kind !== 'wait') {
      throw new TryLater(answer.reason);
    }
    await pushRateBack(context.db, answer.seconds);
  }
  context.log.error({ key: idempotencyKey }, 'a mail found no answer within 23 hours and is left');
}

/** The mail itself is wrong; a key, a domain or a sender that is wrong can be mended while the job waits. */
function isRefusedForGood(error: { name: string; statusCode: number | null } | null): boolean {
  return error?.name === 'validation_error' && (error.statusCode === 400 || error.statusCode === 422);
}
