import { randomUUID } from 'node:crypto';
import type { Context } from '../../context.ts';
import { requireUnmoved } from '../../installation/identity.ts';
import { AppError } from '../../errors.ts';
import type { Issue } from '../../issues/record/issue.ts';
import { RetryLater } from '../limits/rate-limit.ts';
import { loadTestCopy } from '../personalize/load-copy.ts';
import { submitMail } from './_submit-mail.ts';

/** Submits a reader's copy of an issue to other addresses, one mail each; its links change nothing. Throws if one is not accepted. */
export async function sendTestCopies(
  context: Context,
  issue: Issue,
  addresses: readonly string[],
  readerId: number,
): Promise<void> {
  await requireUnmoved(context.db);
  const { reply_to, subject, ...copy } = await loadTestCopy(context, issue, readerId);
  for (const to of addresses) {
    const mail = { ...copy, to, subject: `[Test] ${subject}`, ...(reply_to ? { replyTo: reply_to } : {}) };
    const outcome = await submitMail(context, mail, `test-${randomUUID()}`, context.now()).catch(toAppError);
    if (outcome.kind === 'lost') {
      throw new AppError('refused', `The test copy was not submitted: ${outcome.reason}`);
    }
  }
}

function toAppError(error: unknown): never {
  throw error instanceof RetryLater
    ? new AppError('unavailable', `The test copy was not submitted: ${error.message}.`)
    : error;
}
