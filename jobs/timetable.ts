import cron from 'node-cron';
import type { Context } from '../src/context.ts';
import type { Tx } from '../src/database.ts';
import { enqueue, type JobName } from '../src/queue.ts';
import { resumeDueIssues } from '../src/sending/pause.ts';
import { wakeStalled } from '../src/sending/wake-stalled.ts';
import { tellStaff } from '../src/staff-notices.ts';
import { findLastOccurrence, type Occurrence, weekOf } from '../src/week.ts';

type Schedule = 'draft' | 'send' | 'close' | 'digest';

/** What is done again and again, every so many minutes. */
const CHORES = {
  'look-up-mail-hosts': 60,
  // Scanners come within minutes of an issue, and what they do teaches at once.
  'learn-mail-classes': 10,
  'note-voters': 24 * 60,
  'look-after-readers': 24 * 60,
  'forget-evidence': 24 * 60,
} as const satisfies Partial<Record<JobName, number>>;

const SCHEDULES: readonly Schedule[] = ['close', 'draft', 'send', 'digest'];

/** Ticks every minute, and once now for what fell due while nobody was running. */
export async function startTimetable(context: Context): Promise<() => Promise<void>> {
  const safely = () =>
    tick(context).catch((error: unknown) => context.log.error({ err: error }, 'timetable'));
  await safely();
  const task = cron.schedule('* * * * *', safely, { noOverlap: true });
  return async () => task.destroy();
}

/** Any number of processes may tick at once: the row of a schedule's period decides who acts. */
export async function tick(context: Context): Promise<void> {
  const now = context.now();
  for (const schedule of SCHEDULES) {
    const occurrence = findLastOccurrence(context.config.schedules[schedule], now, context.config.timezone);
    // What fell due before this newsletter existed was not missed.
    if (occurrence.at >= context.installation.created_at) {
      await context.db.transaction().execute((tx) => runOnce(context, tx, schedule, occurrence, now));
    }
  }
  for (const [chore, minutes] of Object.entries(CHORES) as [keyof typeof CHORES, number][]) {
    await startChore(context, chore, minutes);
  }
  await resumeDueIssues(context);
  await wakeStalled(context);
}

/** Whoever moves the row of a chore on starts it. */
async function startChore(
  { boss, db, now }: Context,
  chore: keyof typeof CHORES,
  minutes: number,
): Promise<void> {
  const ran_at = now();
  await db.transaction().execute(async (tx) => {
    const run = await tx
      .insertInto('schedule_runs')
      .values({ schedule: chore, period: 'latest', outcome: 'started', ran_at })
      .onConflict((conflict) =>
        conflict
          .columns(['schedule', 'period'])
          .doUpdateSet({ ran_at })
          .where('schedule_runs.ran_at', '<=', new Date(ran_at.getTime() - minutes * 60_000)),
      )
      .returning('schedule')
      .executeTakeFirst();
    await (run && enqueue(boss, tx, chore, [{ key: chore, data: {} }]));
  });
}

async function runOnce(
  context: Context,
  tx: Tx,
  schedule: Schedule,
  occurrence: Occurrence,
  now: Date,
): Promise<void> {
  const isOfThisWeek = schedule === 'draft' || schedule === 'send';
  const isTooLate = isOfThisWeek && occurrence.week !== weekOf(now, context.config.timezone);
  const run = await tx
    .insertInto('schedule_runs')
    .values({ schedule, period: occurrence.period, outcome: isTooLate ? 'too late' : 'started', ran_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('schedule')
    .executeTakeFirst();
  if (isTooLate) {
    await (run && tellTooLate(context, tx, schedule, occurrence));
  } else if (run) {
    await start(context, tx, schedule, occurrence);
  } else if (schedule === 'send') {
    await startReleased(context, tx, occurrence);
  }
}

async function start(
  { boss }: Context,
  tx: Tx,
  schedule: Schedule,
  { week, period }: Occurrence,
): Promise<void> {
  switch (schedule) {
    case 'draft':
      return enqueue(boss, tx, 'draft-issue', [{ key: week, data: { week } }]);
    case 'send':
      return enqueue(boss, tx, 'send-issue', [{ key: week, data: { week } }]);
    case 'close':
      return enqueue(boss, tx, 'close-voting', [{ key: week, data: { before_week: week } }]);
    case 'digest': {
      const month = monthBefore(period);
      return enqueue(boss, tx, 'send-digest', [{ key: month, data: { month } }]);
    }
  }
}

/** "2026-10" of "2026-11-02T14:00". */
function monthBefore(period: string): string {
  return Temporal.PlainYearMonth.from(period.slice(0, 7)).subtract({ months: 1 }).toString();
}

/** What was drafted, approved or released after its time goes out at the next tick. */
async function startReleased(context: Context, tx: Tx, occurrence: Occurrence): Promise<void> {
  const statuses =
    context.config.approval === 'automatic' ? (['draft', 'approved'] as const) : (['approved'] as const);
  const waiting = await tx
    .selectFrom('issues')
    .select('id')
    .where('week', '=', occurrence.week)
    .where('status', 'in', statuses)
    .executeTakeFirst();
  if (waiting) {
    await start(context, tx, 'send', occurrence);
  }
}

async function tellTooLate(
  context: Context,
  tx: Tx,
  schedule: Schedule,
  { week, period }: Occurrence,
): Promise<void> {
  const issue = await tx.selectFrom('issues').select('status').where('week', '=', week).executeTakeFirst();
  const isOpen =
    schedule === 'draft' ? !issue : issue !== undefined && ['draft', 'approved'].includes(issue.status);
  if (isOpen) {
    await tellStaff(context, tx, `too late ${schedule} ${period}`, {
      title: `Left out: issue of ${week}`,
      message: `Nobody was running at ${period}, the time to ${schedule} the issue of ${week}; that week is over, so it is left out.`,
    });
  }
}
