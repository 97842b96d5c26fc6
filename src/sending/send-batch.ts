import type { CreateBatchOptions } from 'resend';
import type { Context } from '../context.ts';
import { type ClaimedBatch, claimBatch, isBatchDue } from './claim-batch.ts';
import { openRendering } from './personal-copy.ts';
import { learnRate, pushRateBack, waitForSlot } from './rate.ts';
import { type Answer, readBatchAnswer } from './read-answer.ts';
import { recordAnswer } from './record-answer.ts';

const TIMEOUT_MS = 30_000;
const HOUR_MS = 3_600_000;
/** Resend forgets a key after 24 h; a retry after that would be a second mail. */
const MAX_AGE_HOURS = 23;

/** Thrown when the outcome is open: the job is tried again later, with the same bytes under the same key. */
export class TryLater extends Error {}

/**
 * Sends a batch and records the outcome; safe to run again, and at the same time, any number of times. The slot comes
 * before the claim: nothing but the call stands between what the claim froze and Resend.
 */
export async function sendBatch(context: Context, batchId: number): Promise<void> {
  while (await isBatchDue(context, batchId)) {
    await waitForSlot(context);
    const batch = await claimBatch(context, batchId);
    if (!batch) {
      return;
    }
    const answer = await submit(context, batch);
    await recordAnswer(context, batch, answer);
    if (answer.kind === 'retry' || (answer.kind === 'pause' && batch.was_uncertain)) {
      throw new TryLater(answer.reason);
    }
    if (answer.kind === 'wait') {
      await pushRateBack(context.db, answer.seconds);
    }
  }
}

async function submit(context: Context, batch: ClaimedBatch): Promise<Answer> {
  if (batch.members.length === 0) {
    return { kind: 'accepted', mails: [] };
  }
  if (context.now().getTime() - batch.uncertain_since.getTime() >= MAX_AGE_HOURS * HOUR_MS) {
    return { kind: 'unknown', reason: `no answer within ${MAX_AGE_HOURS} hours` };
  }
  const result = await context.resend.batch.send(mailsOf(context, batch), {
    idempotencyKey: batch.idempotency_key,
    batchValidation: 'permissive',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await learnRate(context.db, result.headers);
  return readBatchAnswer(result, batch.members.length);
}

/** The same batch always gives the same bytes: everything in it was frozen. */
function mailsOf({ linkKeys, installation }: Context, batch: ClaimedBatch): CreateBatchOptions {
  const copyFor = openRendering(batch.rendering, linkKeys, batch.link_key_id);
  return batch.members.map(({ delivery_id, subscriber_id, email }) => {
    const { reply_to, ...copy } = copyFor({ issue_id: batch.issue_id, subscriber_id });
    return {
      ...copy,
      ...(reply_to ? { replyTo: reply_to } : {}),
      to: email,
      tags: [
        { name: 'sender', value: installation.id },
        { name: 'issue', value: batch.week },
        { name: 'delivery', value: String(delivery_id) },
      ],
    };
  });
}
