import type { Context } from '../../context.ts';
import { requireUnmoved } from '../../database/identity.ts';
import { type ClaimedBatch, claimBatch, peekBatch } from './_claim-batch.ts';
import { finishIssueWhenDone } from '../settle/finish-issue.ts';
import { pauseForCeiling } from '../control/pause.ts';
import { backOff, RetryLater, waitForSlot } from '../limits/rate-limit.ts';
import { recordResponse } from './_record-response.ts';
import { submitBatch } from './_submit-batch.ts';
import { CeilingReached } from '../limits/warm-up.ts';

/**
 * Sends a batch and records the outcome; safe to run again, and at the same time, any number of times. Throws RetryLater
 * while the outcome is open.
 */
export async function sendBatch(context: Context, batchId: number): Promise<void> {
  for (;;) {
    const found = await peekBatch(context.db, batchId);
    if (!found?.is_due) {
      return found && finishIssueWhenDone(context, found.issue_id);
    }
    const attempt = await attemptBatch(context, batchId, found.issue_id);
    if (attempt?.answer.kind === 'wait') {
      await backOff(context.db, attempt.answer.seconds);
    } else if (attempt?.outcome.kind === 'open') {
      const { answer, outcome } = attempt;
      // Perhaps of a worker that stood still and goes on, or of one that died while Resend was about its call.
      const isInProgress = answer.kind === 'retry' && answer.is_in_progress === true;
      throw new RetryLater(outcome.reason, isInProgress ? 'soon' : 'later');
    } else if (attempt?.outcome.kind === 'settled') {
      return finishIssueWhenDone(context, found.issue_id);
    }
  }
}

/** Permit and slot come before the claim: nothing but the call stands between what the claim froze and Resend. */
async function attemptBatch(context: Context, batchId: number, issueId: number) {
  const permit = await context.transport.acquirePermit(context.stopping);
  try {
    const slot = await waitForSlot(context, 'bulk').catch((error: unknown) =>
      unclaimWhenPaused(context, batchId, error),
    );
    const batch = slot && (await claimOrPause(context, batchId, issueId));
    if (!batch) {
      return undefined;
    }
    await context.checkpoint('claimed');
    const answer = await submitBatch(context, batch, slot, permit);
    await context.checkpoint('answered');
    const outcome = await recordResponse(context, batch, answer);
    await context.checkpoint('recorded');
    return { answer, outcome };
  } finally {
    permit.release();
  }
}

/** What stopped everything paused the issue too: then the resume, not the queue, brings the batch back. */
async function unclaimWhenPaused({ db }: Context, batchId: number, error: unknown): Promise<undefined> {
  const batch = await peekBatch(db, batchId);
  if (!(error instanceof RetryLater) || batch?.is_due) {
    throw error;
  }
}

async function claimOrPause(
  context: Context,
  batchId: number,
  issueId: number,
): Promise<ClaimedBatch | undefined> {
  await requireUnmoved(context.db);
  try {
    return await claimBatch(context, batchId);
  } catch (error) {
    if (!(error instanceof CeilingReached)) {
      throw error;
    }
    await pauseForCeiling(context, issueId, error.message);
    return undefined;
  }
}
