import type { CreateEmailOptions } from 'resend';
import type { Context } from '../context.ts';
import { learnRate, pushRateBack, waitForSlot } from './rate.ts';
import { readBatchAnswer } from './read-answer.ts';
import { TryLater } from './send-batch.ts';

const TIMEOUT_MS = 30_000;

/**
 * Submits one mail under a key of its own. Throws TryLater while a retry of the same bytes can help; a mail that
 * Resend refuses for good, or whose fate only Resend knows, is reported in the log and not tried again.
 */
export async function submitMail(
  context: Context,
  mail: CreateEmailOptions,
  idempotencyKey: string,
): Promise<void> {
  for (;;) {
    await waitForSlot(context);
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const result = await context.resend.emails.send(mail, { idempotencyKey, signal });
    await learnRate(context.db, result.headers);
    const isRefused = result.error?.statusCode === 400 || result.error?.statusCode === 422;
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
}
