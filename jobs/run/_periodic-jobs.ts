import type { Context } from '../../src/context.ts';
import type { Tx } from '../../src/database/connect.ts';
import { enqueue, type JobName } from '../../src/queue/queue.ts';
import { startFutureJobs } from '../../src/queue/start-future-jobs.ts';

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
const CORRECT_EVERY_MINUTES = 10;

/** Enqueues every periodic job whose turn has come. */
export async function startPeriodicJobs(context: Context): Promise<void> {
  for (const [name, minutes] of Object.entries(PERIODIC_JOBS) as [keyof typeof PERIODIC_JOBS, number][]) {
    if (name === 'deliver-webhooks' && context.config.outgoingWebhooks.length === 0) {
      continue;
    }
    await startPeriodicJob(context, name, minutes);
  }
}

/** Not a job, because a job could itself be stuck with a start time in the future. */
export async function correctFutureJobs({ db, now }: Context): Promise<void> {
  await db.transaction().execute(async (tx) => {
    if (await takeTurn(tx, 'start future jobs', CORRECT_EVERY_MINUTES, now())) {
      await startFutureJobs(tx);
    }
  });
}

async function startPeriodicJob(
  { boss, db, now }: Context,
  name: keyof typeof PERIODIC_JOBS,
  minutes: number,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    if (await takeTurn(tx, name, minutes, now())) {
      await enqueue(boss, tx, name, [{ key: name, data: {} }]);
    }
  });
}

/** True for the one process that does what is done every so many minutes: the one that updates its row. */
async function takeTurn(tx: Tx, name: string, minutes: number, ran_at: Date): Promise<boolean> {
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
            // If the clock was once ahead, it must not wait until that time.
            eb('schedule_runs.ran_at', '>', new Date(ran_at.getTime() + minutes * 60_000)),
          ]),
        ),
    )
    .returning('schedule')
    .executeTakeFirst();
  return run !== undefined;
}
