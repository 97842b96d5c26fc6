import type { Context } from '../context.ts';
import type { Turn } from '../resend-line.ts';
import { isTooOldToRetry, TOO_OLD } from './batch-rules.ts';
import type { ClaimedBatch } from './claim-batch.ts';
import { mailTemplateOf } from './mail-templates.ts';
import { type MailTemplate, measureMail, type Recipient, writeMail } from './personal-copy.ts';
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
  const body = writeBatch(await mailTemplateOf(context, batch), batch, turn);
  const result = await context.line.post(
    {
      path: '/emails/batch',
      headers: { 'x-batch-validation': 'permissive', 'Idempotency-Key': batch.idempotency_key },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    },
    turn,
  );
  await learnRate(context.db, slot, result.headers);
  return readBatchAnswer(result, batch.members.length);
}

/** The same batch always gives the same bytes: everything in it was frozen. */
function writeBatch(template: MailTemplate, { issue_id, members }: ClaimedBatch, turn: Turn): Buffer {
  const recipients = members.map((member): Recipient => ({ ...member, issue_id }));
  const bytes = recipients.reduce((sum, recipient) => sum + measureMail(template, recipient) + 1, 1);
  const body = turn.bufferOf(bytes);
  let end = 0;
  for (const [index, recipient] of recipients.entries()) {
    end += body.write(index === 0 ? '[' : ',', end, 'latin1');
    end = writeMail(template, recipient, body, end);
  }
  end += body.write(']', end, 'latin1');
  return body.subarray(0, end);
}
