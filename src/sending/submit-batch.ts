import type { Context } from '../context.ts';
import type { Turn } from '../resend-line.ts';
import { isTooOldToRetry, TOO_OLD } from './batch-rules.ts';
import type { ClaimedBatch } from './claim-batch.ts';
import { mailTemplateOf } from './mail-templates.ts';
import { learnRate, type Slot } from './rate.ts';
import { type Answer, readBatchAnswer } from './read-answer.ts';
import { bodyOf } from './write-batch.ts';

const TIMEOUT_MS = 30_000;

/** One call with the whole batch: the request that the SDK's `batch.send` would make, its answer as data. */
export async function submitBatch(
  context: Context,
  batch: ClaimedBatch,
  slot: Slot,
  turn: Turn,
): Promise<Answer> {
  if (batch.members.length === 0) {
    return { kind: 'accepted', mails: [] };
  }
  if (isTooOldToRetry(batch.uncertain_since, context.now())) {
    return TOO_OLD;
  }
  const template = await mailTemplateOf(context, batch);
  const body = bodyOf(
    template,
    batch.members.map((member) => ({ ...member, issue_id: batch.issue_id })),
  );
  const result = await context.line.post(
    {
      path: '/emails/batch',
      headers: { 'x-batch-validation': 'permissive', 'Idempotency-Key': batch.idempotency_key },
      body_bytes: body.bytes,
      body: body.pieces(turn.buffer),
      timeout_ms: TIMEOUT_MS,
    },
    turn,
  );
  await learnRate(context.db, slot, result.headers);
  return readBatchAnswer(result, batch.members.length);
}
