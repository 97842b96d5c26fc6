import type { Context } from '../../src/context.ts';
import { advanceIdsIfMoved } from '../../src/migration/advance-ids.ts';
import { findBlocker } from '../../src/installation/blocker.ts';
import { holdChangedIssues } from '../../src/issues/decide/hold-changed-issues.ts';
import { holdMissed } from '../../src/issues/decide/hold.ts';
import { describeSendTime, hasMissedItsWeek, sendTimeOf } from '../../src/issues/record/send-time.ts';
import { createReporter, type ProcessRole, REPORT_EVERY_MS } from '../../src/installation/processes.ts';
import { isOutage, reportOutage } from '../../src/database/outage.ts';
import { storeEndpoints } from '../../src/outgoing-webhooks/endpoints.ts';
import { enqueue } from '../../src/queue/queue.ts';
import { resumeDueIssues } from '../../src/sending/control/resume-issue.ts';
import { resumeDueLanes } from '../../src/sending/lane-control/resume-lane.ts';
import { compactDeliveryCounts } from '../../src/sending/deliveries/count-deliveries.ts';
import { compactVoteCounts } from '../../src/votes/tally/load-tallies.ts';
import { requeueStalled } from '../../src/sending/prepare/requeue-stalled.ts';
import { startMinuteTimer } from './_minute-timer.ts';
import { correctFutureJobs, startPeriodicJobs } from './_periodic-jobs.ts';
import { startScheduledJobs } from './_schedules.ts';
import { notifyStaff } from '../../src/queue/notify-staff.ts';
import { shiftWeek, type Week } from '../../src/week.ts';
import { listIssuesToClose } from '../issue/close-voting.ts';

/** Ticks every minute, and once now to catch up on what fell due while no process was running. */
export async function startTimetable(context: Context, role: ProcessRole): Promise<() => Promise<void>> {
  const reporter = createReporter(context.db, role);
  const attempt = (act: () => Promise<void>) =>
    act().catch((error: unknown) => {
      if (isOutage(error)) {
        reportOutage(context.log, error, 'timetable');
      } else {
        context.log.error({ err: error }, 'timetable tick failed');
      }
    });
  const tickSafely = () => attempt(() => tickUnlessBlocked(context));
  await attempt(reporter.report);
  const reporting = setInterval(() => void attempt(reporter.report), REPORT_EVERY_MS).unref();
  await tickSafely();
  const stop = startMinuteTimer(tickSafely);
  return async () => {
    clearInterval(reporting);
    await stop();
    await attempt(reporter.end);
  };
}

async function tickUnlessBlocked(context: Context): Promise<void> {
  const blocker = await findBlocker(context.db);
  if (!blocker) {
    return tick(context);
  }
  const { key, title, message } = blocker;
  await context.db.transaction().execute((tx) => notifyStaff(context, tx, key, { title, message }));
  await advanceIdsIfMoved(context.db);
}

/**
 * Any number of processes may tick at once: the one that inserts the row of a schedule's period acts. A step that fails does not keep
 * the later ones from running; its error is thrown after them, or at once if PostgreSQL is away.
 */
export async function tick(context: Context): Promise<void> {
  const now = context.now();
  const steps = [
    () => correctFutureJobs(context),
    () => storeEndpoints(context),
    () => startScheduledJobs(context),
    () => startClosing(context),
    () => holdChangedIssues(context),
    () => startSending(context, now),
    () => startPeriodicJobs(context),
    () => resumeDueIssues(context),
    () => resumeDueLanes(context),
    () => requeueStalled(context),
    () => compactDeliveryCounts(context.db),
    () => compactVoteCounts(context.db, now),
  ];
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      if (isOutage(error)) {
        throw error;
      }
      errors.push(error);
    }
  }
  if (errors.length > 0) {
    throw errors.length === 1 ? errors[0] : new AggregateError(errors, errors.map(String).join('; '));
  }
}

/**
 * Voting may end at another time than that of SCHEDULE_CLOSE, if that has changed since the mail named it, and a job that ran on a
 * machine whose clock is a little behind has closed nothing.
 */
async function startClosing(context: Context): Promise<void> {
  const last = (await listIssuesToClose(context)).at(-1);
  if (last) {
    const job = { key: last.week, data: { before_week: shiftWeek(last.week, 1) } };
    await context.db.transaction().execute((tx) => enqueue(context.boss, tx, 'close-voting', [job]));
  }
}

/**
 * Enqueues every issue whose send time has come, including those approved or released after it. An issue whose week is
 * over is held for staff instead.
 */
async function startSending(context: Context, now: Date): Promise<void> {
  const { boss, config, db } = context;
  const waiting = await db
    .selectFrom('issues')
    .select(['week', 'status', 'drafted_at', 'send_at'])
    .where('status', 'in', ['draft', 'approved'])
    .orderBy('week')
    .execute();
  for (const issue of waiting) {
    const at = issue.send_at ?? sendTimeOf(config, issue).at;
    if (hasMissedItsWeek(config, issue, now)) {
      await holdOverdue(context, issue.week, at);
    } else if (at <= now) {
      const job = { key: issue.week, data: { week: issue.week } };
      await db.transaction().execute((tx) => enqueue(boss, tx, 'send-issue', [job]));
    }
  }
}

async function holdOverdue(context: Context, week: Week, at: Date): Promise<void> {
  const time = describeSendTime(at, context.config.timezone);
  await holdMissed(context, week, { time, at });
}
