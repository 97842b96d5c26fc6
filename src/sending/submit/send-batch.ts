import type { Context } from '../../context.ts';
import { requireUnmoved } from '../../installation/identity.ts';
import { type ClaimedBatch, claimBatch } from './_claim-batch.ts';
import { hasEarlierBatch, type PeekedBatch, peekBatch } from './_peek-batch.ts';
import { accessOf, findLane, hasSeveralLanes, type Lane } from '../lanes/lanes.ts';
import { handleRemovedLane } from './_handle-removed-lane.ts';
import { secondsSince } from '../../metrics/metrics.ts';
import type { SendResult } from '../rules/parse-response.ts';
import { finishIssueWhenDone } from '../deliveries/finish-issue.ts';
import { isUnsentAfterVotingEnded, pauseAfterVotingEnded } from '../control/pause-after-voting-ended.ts';
import { pauseForCeiling, pauseWhileStopped } from '../control/pause-after-halt.ts';
import { backOff, RetryLater, waitForSlot } from '../limits/rate-limit.ts';
import { recordResponse } from './_record-response.ts';
import { submitBatch } from './_submit-batch.ts';
import { CeilingReached, ceilingOf, countMailsToday } from '../limits/warm-up.ts';

/**
 * Sends a batch and records the outcome. Idempotent, also when run concurrently. Throws RetryLater while the outcome is
 * pending.
 */
export async function sendBatch(context: Context, batchId: number): Promise<void> {
  for (;;) {
    const found = await peekBatch(context, batchId);
    if (!found?.is_sendable) {
      return found && finishIssueWhenDone(context, found.issue_id);
    }
    if (found.is_queued && (await isUnsentAfterVotingEnded(context, found))) {
      return pauseAfterVotingEnded(context, found.issue_id);
    }
    const lane = findLane(context.config, found.lane);
    if (!lane) {
      await handleRemovedLane(context, batchId, found.lane);
      continue;
    }
    const isInTurn =
      !found.is_queued || !(await isNearCeiling(context, lane)) || !(await hasEarlierBatch(context, batchId));
    if (!isInTurn) {
      throw new RetryLater('a batch of more engaged readers goes first', 'promptly');
    }
    const attempt = await attemptBatch(context, found, batchId, lane);
    if (attempt?.result.kind === 'wait') {
      await backOff(context.db, lane, attempt.result.seconds);
    } else if (attempt?.outcome.kind === 'pending') {
      const { result, outcome } = attempt;
      // The call in progress is that of a worker that was suspended and has continued, or that died while Resend was
      // processing the call.
      const isInProgress = result.kind === 'retry' && result.is_in_progress === true;
      throw new RetryLater(outcome.reason, isInProgress ? 'promptly' : 'backoff');
    } else if (attempt?.outcome.kind === 'settled') {
      return finishIssueWhenDone(context, found.issue_id);
    }
  }
}

/**
 * With fewer mails than this left under a ceiling, batches are sent one after the other: the first that does not fit
 * ends the day, and none overtakes it.
 */
const NEAR_CEILING_MAILS = 2_000;

async function isNearCeiling({ db, now }: Context, { number, warmUp }: Lane): Promise<boolean> {
  const ceiling = ceilingOf(warmUp, now());
  if (ceiling === undefined) {
    return false;
  }
  const used = (await countMailsToday(db, now())).get(number) ?? 0;
  return ceiling - used < NEAR_CEILING_MAILS;
}

/** Acquires permit and slot before the claim, so that nothing delays the call once the claim has frozen the members. */
async function attemptBatch(context: Context, found: PeekedBatch, batchId: number, lane: Lane) {
  const permit = await accessOf(context, lane).transport.acquirePermit(context.stopping);
  try {
    const slot = await waitForSlot(context, 'bulk', lane).catch((error: unknown) =>
      skipWhenPaused(context, batchId, error),
    );
    // A slot may be an hour away.
    if (!slot || (found.is_queued && (await isUnsentAfterVotingEnded(context, found)))) {
      return undefined;
    }
    const claimed_at = context.now();
    const batch = await claimOrPause(context, batchId, found.issue_id, lane);
    if (!batch) {
      return undefined;
    }
    await context.failpoint('claimed');
    const started_ms = performance.now();
    const result = await traceBatch(context, batch, () =>
      submitBatch(context, batch, { lane, slot, permit, claimed_at }),
    );
    context.metrics.count('batches', result.kind);
    context.metrics.observe('batch_call', result.kind, secondsSince(started_ms));
    await context.failpoint('response received');
    const outcome = await recordResponse(context, batch, lane, result);
    await context.failpoint('recorded');
    return { result, outcome };
  } finally {
    permit.release();
  }
}

function traceBatch(
  { installation, tracing }: Context,
  { id, members, week }: ClaimedBatch,
  submit: () => Promise<SendResult>,
): Promise<SendResult> {
  const issue = { installation: installation.id, week };
  return tracing.traceIssue(issue, 'send batch', submit, ({ kind }) => ({
    batch: id,
    mails: members.length,
    result: kind,
  }));
}

/**
 * A tripped circuit breaker pauses the issue too: the job then ends, and resuming the issue enqueues the batch again.
 * If it tripped before the issue began, the issue is paused here.
 */
async function skipWhenPaused(context: Context, batchId: number, error: unknown): Promise<undefined> {
  const batch = await peekBatch(context, batchId);
  if (!(error instanceof RetryLater)) {
    throw error;
  }
  if (batch?.is_sendable) {
    if (hasSeveralLanes(context.config) || !batch.is_queued) {
      throw error;
    }
    await pauseWhileStopped(context, batch.issue_id, error.message);
  }
}

async function claimOrPause(
  context: Context,
  batchId: number,
  issueId: number,
  lane: Lane,
): Promise<ClaimedBatch | undefined> {
  await requireUnmoved(context.db);
  try {
    return await claimBatch(context, batchId, lane);
  } catch (error) {
    if (!(error instanceof CeilingReached)) {
      throw error;
    }
    await pauseForCeiling(context, issueId, lane, error.message);
    return undefined;
  }
}
