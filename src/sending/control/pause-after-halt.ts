import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import type { IssueStatus } from '../../database/schema.ts';
import { transitionIssue } from '../../issues/record/status.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import { describeTime, type Week } from '../../week.ts';
import { findLane, hasSeveralLanes, type Lane } from '../lanes/lanes.ts';
import { tripCircuitBreaker } from '../limits/circuit-breaker.ts';
import { type Halt, nextCeilingAt } from '../rules/batch-outcome.ts';
import { pauseLane, pauseLaneForCeiling } from '../lane-control/pause-lane.ts';

/** One lane of one issue: what is paused with several lanes. */
export interface IssueLane {
  issue_id: number;
  lane: number;
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
