import { describeTime } from '../../week.ts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { skipIssue, skipWeek } from '../../issues/decide/skip.ts';
import { updateRecaps } from '../../issues/decide/update-recaps.ts';
import { getIssue, type Issue, lockIssue } from '../../issues/record/issue.ts';
import { nameOfStatus, transitionIssue } from '../../issues/record/status.ts';
import type { IssueStatus } from '../../database/schema.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import type { Week } from '../../week.ts';
import { type Halt, nextCeilingAt } from '../rules/batch-outcome.ts';
import { cancelDeliveries } from '../settle/cancel-deliveries.ts';
import { finishIssueWhenDone } from '../settle/finish-issue.ts';
import { enqueueBatches } from '../prepare/prepare-issue.ts';
import { removeUnclaimed } from './_remove-unclaimed.ts';
import { findLane, hasSeveralLanes, type Lane } from '../lanes/lanes.ts';
import { isLate, pauseUntilStaffDecide } from './pause-late.ts';
import { pauseLane, pauseLaneForCeiling } from './pause-lane.ts';
import { resetCircuitBreaker, tripCircuitBreaker } from '../limits/circuit-breaker.ts';

/** The part of an issue that goes through one lane. */
export interface IssueLane {
  issue_id: number;
  lane: number;
}

/** No further batch of the issue is claimed; those in flight are completed. */
export async function pauseIssue(context: Context, week: Week, reason: string): Promise<void> {
  await changeIssue(context, week, ['sending', 'paused'], async (tx, issue) => {
    if (issue.status === 'paused' && !issue.resume_at) {
      throw new AppError('refused', `The issue of ${week} is already paused.`);
    }
    // Pausing an issue that would resume automatically makes it wait for staff.
    await transitionIssue(tx, issue.id, ['sending', 'paused'], 'paused', context.now(), { reason });
    await context.failpoint('pausing');
  });
}

export async function resumeIssue(context: Context, week: Week): Promise<void> {
  const id = await changeIssue(context, week, ['paused'], async (tx, issue) => {
    await transitionIssue(tx, issue.id, ['paused'], 'sending', context.now());
    if (!hasSeveralLanes(context.config)) {
      await resetCircuitBreaker(tx);
    }
    await enqueueBatches(context, tx, issue.id);
    await context.failpoint('resuming');
  });
  await finishIssueWhenDone(context, id);
}

/** Resumes issues whose quota or ceiling has reset; of several concurrent processes only one does it. */
export async function resumeDueIssues(context: Context): Promise<void> {
  const due = await context.db
    .selectFrom('issues')
    .select(['id', 'week'])
    .where('status', '=', 'paused')
    .where('resume_at', '<=', context.now())
    .orderBy('id')
    .execute();
  for (const { id, week } of due) {
    await context.db.transaction().execute(async (tx) => {
      const issue = await lockIssue(tx, week);
      const isDue = issue.status === 'paused' && issue.resume_at !== null && issue.resume_at <= context.now();
      if (isDue && (await isLate(context, { ...issue, issue_id: id }))) {
        await pauseUntilStaffDecide(context, tx, id);
      } else if (isDue) {
        await transitionIssue(tx, id, ['paused'], 'sending', context.now());
        await enqueueBatches(context, tx, id);
        context.log.info({ week }, 'sending resumed');
      }
    });
    await finishIssueWhenDone(context, id);
  }
}

/**
 * Cancels batches that were not attempted yet; those in flight are retried until their outcome is known, and
 * cancelled if Resend refuses them. Mails that were to be sent again get their previous status back. An issue of
 * which nothing has been handed to Resend is skipped: nobody got it, so it is not published either.
 */
export async function cancelIssue(context: Context, week: Week): Promise<void> {
  const { prepared_at } = await getIssue(context.db, week);
  if (!prepared_at) {
    return skipWeek(context, week);
  }
  await changeIssue(context, week, ['sending', 'paused'], async (tx, issue) => {
    const now = context.now();
    if (!issue.sent_at && (await removeUnclaimed(tx, issue)).claimed === 0) {
      return skipIssue(tx, issue, now);
    }
    await tx
      .updateTable('batches')
      .set({ status: 'cancelled', settled_at: now })
      .where('issue_id', '=', issue.id)
      .where('status', '=', 'queued')
      .execute();
    await tx
      .updateTable('batches')
      .set({ cancel_requested_at: now })
      .where('issue_id', '=', issue.id)
      .where('status', '=', 'submitting')
      .execute();
    await cancelDeliveries(tx, issue.id, now);
    // With `sent_at`, all of it went out before, and only mails to be sent again were cancelled.
    await transitionIssue(tx, issue.id, [issue.status], issue.sent_at ? 'sent' : 'cancelled', now);
    await enqueueBatches(context, tx, issue.id);
    await context.failpoint('cancelling');
  });
  await updateRecaps(context);
}

/**
 * Pauses because of a response or report from the provider: with several lanes, the lane it concerns; otherwise the
 * issue, or everything if the halt is general. Staff are notified.
 */
export async function pauseAfterHalt(
  context: Context,
  tx: Tx,
  { issue_id, lane }: IssueLane,
  halt: Halt,
): Promise<void> {
  const { reason, resume_at, is_general } = halt;
  const known = findLane(context.config, lane);
  if (is_general) {
    return known && stopAfterRefusal(context, tx, known, halt);
  }
  if (hasSeveralLanes(context.config)) {
    // A late report about an issue that is out says nothing about the next one.
    return known && (await isBeingSent(tx, issue_id)) ? pauseLane(context, tx, known, halt) : undefined;
  }
  // A pause that would end by itself, as one until the next day of a warm-up, becomes one that waits for staff.
  const replacesPause = resume_at === null && (await endsByItself(tx, issue_id));
  const from: IssueStatus = replacesPause ? 'paused' : 'sending';
  const week = await transitionIssue(tx, issue_id, [from], 'paused', context.now(), { reason, resume_at });
  if (week) {
    const next = resume_at
      ? `It resumes automatically at ${describeTime(resume_at)}.`
      : `Fix it, then run \`verdicts issue resume ${week}\`.`;
    await notifyStaff(context, tx, keyOfPause(week, halt, context.now()), {
      title: `Paused: issue of ${week}`,
      message: `Sending of ${week} is paused: ${reason}. ${next}`,
      week,
    });
  }
}

/** Locks the issue: it must not be resumed meanwhile. */
async function endsByItself(tx: Tx, issueId: number): Promise<boolean> {
  const issue = await tx
    .selectFrom('issues')
    .select(['status', 'resume_at'])
    .where('id', '=', issueId)
    .forUpdate()
    .executeTakeFirst();
  return issue?.status === 'paused' && issue.resume_at !== null;
}

/**
 * Staff who resumed an issue are notified again if it pauses for the same reason; a pause that ends by itself is
 * reported once.
 */
function keyOfPause(week: Week, { reason, resume_at }: Halt, now: Date): string {
  return `paused ${week} ${reason}${resume_at ? '' : ` ${now.toISOString()}`}`;
}

/** Resend rejected the key, domain or account: stops this lane or, if it is the only one, everything. */
export function stopAfterRefusal(context: Context, tx: Tx, lane: Lane, halt: Halt): Promise<void> {
  return hasSeveralLanes(context.config)
    ? pauseLane(context, tx, lane, halt)
    : tripCircuitBreaker(context, tx, halt.reason);
}

/** All sending was stopped before this issue began, so the notice of the stop did not mention it. */
export async function pauseWhileStopped(context: Context, issueId: number, reason: string): Promise<void> {
  await context.db.transaction().execute(async (tx) => {
    const week = await transitionIssue(tx, issueId, ['sending'], 'paused', context.now(), { reason });
    if (week) {
      await notifyStaff(context, tx, `stopped ${week} ${context.now().toISOString()}`, {
        title: `Paused: issue of ${week}`,
        message: `Sending of ${week} has not begun: ${reason}. Once that is fixed, \`verdicts issue resume ${week}\` sends it.`,
        week,
      });
    }
  });
}

/** As planned, so staff are not notified: the rest goes out under tomorrow's ceiling. */
export async function pauseForCeiling(
  context: Context,
  issueId: number,
  lane: Lane,
  reason: string,
): Promise<void> {
  const now = context.now();
  if (hasSeveralLanes(context.config)) {
    return pauseLaneForCeiling(context, lane, reason);
  }
  await context.db.transaction().execute(async (tx) => {
    const week = await transitionIssue(tx, issueId, ['sending'], 'paused', now, {
      reason,
      resume_at: nextCeilingAt(now),
    });
    if (week) {
      context.log.info({ week, reason }, 'sending is paused until tomorrow');
    }
  });
}

async function isBeingSent(tx: Tx, issueId: number): Promise<boolean> {
  const issue = await tx
    .selectFrom('issues')
    .select('id')
    .where('id', '=', issueId)
    .where('status', '=', 'sending')
    .executeTakeFirst();
  return issue !== undefined;
}

async function changeIssue(
  { db }: Context,
  week: Week,
  from: readonly IssueStatus[],
  act: (tx: Tx, issue: Issue) => Promise<void>,
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (!from.includes(issue.status)) {
      throw new AppError(
        'refused',
        `The issue of ${week} is ${nameOfStatus(issue)}; it must be ${from.join(' or ')}.`,
      );
    }
    await act(tx, issue);
    return issue.id;
  });
}
