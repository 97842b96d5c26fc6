import type { Context } from '../../src/context.ts';
import type { Tx } from '../../src/database/connect.ts';
import { advanceIdsIfMoved } from '../../src/migration/advance-ids.ts';
import { findBlocker } from '../../src/installation/blocker.ts';
import { holdChangedIssues } from '../../src/issues/decide/changed-facts.ts';
import { holdMissed } from '../../src/issues/decide/hold.ts';
import { describeSendTime, hasMissedItsWeek, sendTimeOf } from '../../src/issues/record/send-time.ts';
import { createReporter, type ProcessRole, REPORT_EVERY_MS } from '../../src/installation/processes.ts';
import { isOutage, reportOutage } from '../../src/database/outage.ts';
import { storeEndpoints } from '../../src/outgoing-webhooks/endpoints.ts';
import { enqueue, type JobName } from '../../src/queue/queue.ts';
import { resumeDueIssues } from '../../src/sending/control/pause.ts';
import { resumeDueLanes } from '../../src/sending/control/pause-lane.ts';
import { compactDeliveryCounts } from '../../src/sending/settle/count-deliveries.ts';
import { compactVoteCounts } from '../../src/votes/tally/load-tallies.ts';
import { requeueStalled } from '../../src/sending/prepare/requeue-stalled.ts';
import { listMissed, notifyNotDrafted } from './_missed-drafts.ts';
import { startMinuteTimer } from './_minute-timer.ts';
import { notifyStaff } from '../../src/queue/notify-staff.ts';
import { findLastOccurrence, type Occurrence, type Week, weekOf } from '../../src/week.ts';

type Schedule = 'draft' | 'close' | 'digest';

/** Periodic jobs and their intervals in minutes. */
const PERIODIC_JOBS = {
  'look-up-mail-hosts': 60,
  // Scanners visit within minutes of an issue, so there is something to learn at once.
  'learn-mail-classes': 10,
  'note-voters': 24 * 60,
  'look-after-readers': 24 * 60,
  'forget-evidence': 24 * 60,
  'deliver-webhooks': 1,
} as const satisfies Partial<Record<JobName, number>>;

/** Ticks come a few milliseconds earlier or later in their minute. */
const TOLERANCE_MS = 30_000;

const SCHEDULES: readonly Schedule[] = ['close', 'draft', 'digest'];

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

/** Any number of processes may tick at once: the one that inserts the row of a schedule's period acts. */
export async function tick(context: Context): Promise<void> {
  const now = context.now();
  await storeEndpoints(context);
  for (const schedule of SCHEDULES) {
    const occurrence = findLastOccurrence(context.config.schedules[schedule], now, context.config.timezone);
    // What fell due before this installation existed was not missed.
    if (occurrence.at >= context.installation.created_at) {
      await context.db.transaction().execute((tx) => runOnce(context, tx, schedule, occurrence, now));
    }
  }
  await holdChangedIssues(context);
  await startSending(context, now);
  for (const [name, minutes] of Object.entries(PERIODIC_JOBS) as [keyof typeof PERIODIC_JOBS, number][]) {
    if (name === 'deliver-webhooks' && context.config.outgoingWebhooks.length === 0) {
      continue;
    }
    await startPeriodicJob(context, name, minutes);
  }
  await resumeDueIssues(context);
  await resumeDueLanes(context);
  await requeueStalled(context);
  await compactDeliveryCounts(context.db);
  await compactVoteCounts(context.db, now);
}

/** The process that updates the job's row enqueues it. */
async function startPeriodicJob(
  { boss, db, now }: Context,
  name: keyof typeof PERIODIC_JOBS,
  minutes: number,
): Promise<void> {
  const ran_at = now();
  await db.transaction().execute(async (tx) => {
    const run = await tx
      .insertInto('schedule_runs')
      .values({ schedule: name, period: 'latest', outcome: 'started', ran_at })
      .onConflict((conflict) =>
        conflict
          .columns(['schedule', 'period'])
          .doUpdateSet({ ran_at })
          .where(({ eb, or }) =>
            or([
              eb('schedule_runs.ran_at', '<=', new Date(ran_at.getTime() - minutes * 60_000 + TOLERANCE_MS)),
              // If the clock was once ahead, the job must not wait until that time.
              eb('schedule_runs.ran_at', '>', new Date(ran_at.getTime() + minutes * 60_000)),
            ]),
          ),
      )
      .returning('schedule')
      .executeTakeFirst();
    await (run && enqueue(boss, tx, name, [{ key: name, data: {} }]));
  });
}

async function runOnce(
  context: Context,
  tx: Tx,
  schedule: Schedule,
  occurrence: Occurrence,
  now: Date,
): Promise<void> {
  const isTooLate = schedule === 'draft' && occurrence.week !== weekOf(now, context.config.timezone);
  const run = await tx
    .insertInto('schedule_runs')
    .values({ schedule, period: occurrence.period, outcome: isTooLate ? 'too late' : 'started', ran_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('schedule')
    .executeTakeFirst();
  if (!run) {
    return;
  }
  if (schedule === 'draft') {
    const missed = await listMissed(context, tx, occurrence);
    await notifyNotDrafted(context, tx, isTooLate ? [...missed, occurrence] : missed);
  }
  if (!isTooLate) {
    await start(context, tx, schedule, occurrence);
  }
}

async function start(
  { boss }: Context,
  tx: Tx,
  schedule: Schedule,
  { week, period, at }: Occurrence,
): Promise<void> {
  switch (schedule) {
    case 'draft':
      return enqueue(boss, tx, 'draft-issue', [{ key: week, data: { week, due_at: at.toISOString() } }]);
    case 'close':
      return enqueue(boss, tx, 'close-voting', [{ key: week, data: { before_week: week } }]);
    case 'digest': {
      const month = monthBefore(period);
      return enqueue(boss, tx, 'send-digest', [{ key: month, data: { month } }]);
    }
  }
}

/** "2026-10" from "2026-11-02T14:00". */
function monthBefore(period: string): string {
  return Temporal.PlainYearMonth.from(period.slice(0, 7)).subtract({ months: 1 }).toString();
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
