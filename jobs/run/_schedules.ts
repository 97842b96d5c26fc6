import type { Context } from '../../src/context.ts';
import type { Db, Tx } from '../../src/database/connect.ts';
import { enqueue } from '../../src/queue/queue.ts';
import { findLastOccurrence, type Occurrence, weekOf } from '../../src/week.ts';
import { notifyNotDrafted } from '../issue/not-drafted.ts';
import { listMissed } from './_list-missed.ts';

type Schedule = 'draft' | 'close' | 'digest';

const SCHEDULES: readonly Schedule[] = ['close', 'draft', 'digest'];

/** Nothing is sent while a machine's clock differs from the database's by more than a minute. */
const CLOCKS_DIFFER_MS = 3 * 60_000;
/** Of the digests that fell due while no process ran, at most this many are sent late, before the one that is due now; older ones are out of date. */
const MAX_LATE_DIGESTS = 2;

/** Enqueues what has fallen due by a schedule since the last tick, or while no process was running. */
export async function startScheduledJobs(context: Context): Promise<void> {
  const { config, db, installation, now } = context;
  const at = now();
  await discardFutureRuns(db, at);
  for (const schedule of SCHEDULES) {
    const occurrence = findLastOccurrence(config.schedules[schedule], at, config.timezone);
    // What fell due before this installation existed was not missed.
    if (occurrence.at >= installation.created_at) {
      await db.transaction().execute((tx) => runOnce(context, tx, schedule, occurrence, at));
    }
  }
}

/** What ran before its time because the clock was ahead runs again when its time has come. */
async function discardFutureRuns(db: Db, at: Date): Promise<void> {
  await db
    .deleteFrom('schedule_runs')
    .where('schedule', 'in', SCHEDULES)
    .where('ran_at', '>', new Date(at.getTime() + CLOCKS_DIFFER_MS))
    .execute();
}

async function runOnce(
  context: Context,
  tx: Tx,
  schedule: Schedule,
  occurrence: Occurrence,
  now: Date,
): Promise<void> {
  const isTooLate = schedule === 'draft' && occurrence.week !== weekOf(now, context.config.timezone);
  const outcome = isTooLate ? 'too late' : 'started';
  const run = await tx
    .insertInto('schedule_runs')
    .values({ schedule, period: occurrence.period, outcome, ran_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('schedule')
    .executeTakeFirst();
  if (!run) {
    return;
  }
  if (schedule === 'draft') {
    const missed = await listMissed(context, tx, 'draft', occurrence);
    await notifyNotDrafted(context, tx, isTooLate ? [...missed, occurrence] : missed);
  }
  if (!isTooLate) {
    await start(context, tx, schedule, occurrence);
  }
}

async function start(context: Context, tx: Tx, schedule: Schedule, occurrence: Occurrence): Promise<void> {
  const { boss } = context;
  const { week, at } = occurrence;
  switch (schedule) {
    case 'draft':
      return enqueue(boss, tx, 'draft-issue', [{ key: week, data: { week, due_at: at.toISOString() } }]);
    case 'close':
      return enqueue(boss, tx, 'close-voting', [{ key: week, data: { before_week: week } }]);
    case 'digest': {
      const month = monthBefore(occurrence);
      const missed = (await listMissed(context, tx, 'digest', occurrence)).slice(-MAX_LATE_DIGESTS);
      const earlier = [...new Set(missed.map(monthBefore))].filter((each) => each < month);
      return enqueue(boss, tx, 'send-digest', [
        { key: month, data: { month, earlier, due_at: at.toISOString() } },
      ]);
    }
  }
}

/** "2026-10" for "2026-11-02T14:00". */
function monthBefore({ period }: Occurrence): string {
  return Temporal.PlainYearMonth.from(period.slice(0, 7)).subtract({ months: 1 }).toString();
}
