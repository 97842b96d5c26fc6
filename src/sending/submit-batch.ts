import type { Context } from '../context.ts';
import type { Turn } from '../resend-line.ts';
import { isTooOldToRetry, TOO_OLD } from './batch-rules.ts';
import type { ClaimedBatch } from './claim-batch.ts';
import { mailTemplateOf } from './mail-templates.ts';
import { endOf, type MailEnd, type MailTemplate, type Recipient, writeMail } from './personal-copy.ts';
import { learnRate, type Slot } from './rate.ts';
import { type Answer, readBatchAnswer } from './read-answer.ts';

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
  const mails = batch.members.map((member) => {
    const recipient = { ...member, issue_id: batch.issue_id };
    return { recipient, end: endOf(template, recipient) };
  });
  const result = await context.line.post(
    {
      path: '/emails/batch',
      headers: { 'x-batch-validation': 'permissive', 'Idempotency-Key': batch.idempotency_key },
      body_bytes: mails.reduce((sum, { end }) => sum + end.bytes + 1, 1),
      body: writeBatch(template, mails, turn.buffer),
      timeout_ms: TIMEOUT_MS,
    },
    turn,
  );
  await learnRate(context.db, slot, result.headers);
  return readBatchAnswer(result, batch.members.length);
}

interface OpenMail {
  recipient: Recipient;
  end: MailEnd;
}

/** The JSON array in pieces that use `buffer` again and again. The same batch always gives the same bytes. */
function* writeBatch(template: MailTemplate, mails: readonly OpenMail[], buffer: Buffer): Generator<Buffer> {
  let piece = buffer;
  let filled = 0;
  for (const [index, { recipient, end }] of mails.entries()) {
    // One for the bracket or comma before it, one for the bracket that may follow.
    if (filled + end.bytes + 2 > piece.length) {
      yield piece.subarray(0, filled);
      piece = end.bytes + 2 > piece.length ? Buffer.allocUnsafe(end.bytes + 2) : piece;
      filled = 0;
    }
    filled += piece.write(index === 0 ? '[' : ',', filled, 'latin1');
    writeMail(template, recipient, end, piece, filled);
    filled += end.bytes;
  }
  filled += piece.write(']', filled, 'latin1');
  yield piece.subarray(0, filled);
}
