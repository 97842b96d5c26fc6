import { setTimeout as sleep } from 'node:timers/promises';
import { limitHeapGrowth } from './_limit-heap.ts';
import type { Context } from '../../src/context.ts';
import { messageOf } from '../../src/errors.ts';
import { findBlocker } from '../../src/database/blocker.ts';
import { maskAddresses } from '../../src/log.ts';
import { isOutage, reportOutage } from '../../src/database/outage.ts';
import {
  type Attempt,
  HEARTBEAT_SECONDS,
  JOB_NAMES,
  type JobName,
  type Jobs,
  retryLater,
} from '../../src/queue/queue.ts';
import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { handlers } from './_handlers.ts';

const IDLE_MS = 400;
/** What is not finished by then is somebody else's once its heartbeat lapses. */
const FINISH_WITHIN_MS = 8_000;
/**
 * How many jobs of a queue a process runs at once, 1 where nothing is said. Resend takes about a second over a batch
 * (resend.md 2), so ten calls a second need a dozen under way; a confirmation must not wait for the one before it.
 */
const AT_ONCE: Partial<Record<JobName, number>> = {
  'send-batch': 12,
  'send-letter': 4,
  'send-digest-copy': 4,
  'send-confirmation': 4,
};

/**
 * After so long a process says no more that it is about a job, though it may be: another goes on with it. Turn, slot and
 * a call that is never answered take less; of two that send the same batch nobody is mailed twice.
 */
const LONGEST_MS: Partial<Record<JobName, number>> = { 'send-batch': 90_000 };

/** Works on every queue until `context.stopping`; the promise settles once what was running is finished or handed back. */
export async function work(context: Context): Promise<void> {
  limitHeapGrowth();
  const stopped = new Promise((resolve) => {
    context.stopping.addEventListener('abort', () => setTimeout(resolve, FINISH_WITHIN_MS).unref());
  });
  await Promise.race([Promise.all(JOB_NAMES.map((name) => workOn(context, name))), stopped]);
}

/** Runs what is due now, one job after the other, until nothing is. */
export async function drain(context: Context): Promise<void> {
  let ran = true;
  while (ran) {
    ran = false;
    for (const name of JOB_NAMES) {
      while (await runNext(context, name)) {
        ran = true;
      }
    }
  }
}

/** One look at the queue at a time, however many of its jobs run. */
async function workOn(context: Context, name: JobName): Promise<void> {
  const running = new Set<Promise<void>>();
  while (!context.stopping.aborted) {
    if (running.size >= (AT_ONCE[name] ?? 1)) {
      await Promise.race(running);
      continue;
    }
    const job = await fetchUnlessBlocked(context, name).catch((error: unknown) => {
      reportFailure(context, name, error);
      return undefined;
    });
    if (job) {
      const run = runJob(context, job).catch((error: unknown) => reportFailure(context, name, error));
      running.add(run);
      void run.finally(() => running.delete(run));
    } else {
      await sleep(IDLE_MS, undefined, { signal: context.stopping }).catch(() => undefined);
    }
  }
  await Promise.all(running);
}

/** Staff's notices go out all the same: one of them tells of what is in the way. */
async function fetchUnlessBlocked(context: Context, name: JobName): Promise<Attempt | undefined> {
  const isHindered = name !== 'send-staff-notice' && (await findBlocker(context.db)) !== undefined;
  return isHindered ? undefined : fetchJob(context, name);
}

async function runNext(context: Context, name: JobName): Promise<boolean> {
  const attempt = await fetchJob(context, name);
  await (attempt && runJob(context, attempt));
  return attempt !== undefined;
}

async function fetchJob({ boss }: Context, name: JobName): Promise<Attempt | undefined> {
  const [job] = await boss.fetch<Jobs[JobName]>(name);
  return job && { name, id: job.id, retryCount: job.retryCount, data: job.data };
}

/**
 * Settles and refreshes this very attempt: a process that stood still may find that its job is another worker's by now,
 * and must neither take it away nor keep it alive.
 */
async function runJob(context: Context, attempt: Attempt): Promise<void> {
  const { name, id, retryCount, data } = attempt;
  const until = performance.now() + (LONGEST_MS[name] ?? Number.POSITIVE_INFINITY);
  const beat = () => void (performance.now() < until && touch(context, attempt));
  const heartbeat = setInterval(beat, (HEARTBEAT_SECONDS * 1_000) / 3);
  try {
    await (handlers[name] as (context: Context, data: Jobs[JobName]) => Promise<void>)(context, data);
    await context.boss.complete(name, { id, retryCount });
  } catch (error) {
    await failAttempt(context, attempt, error);
  } finally {
    clearInterval(heartbeat);
  }
}

async function touch({ boss, log }: Context, { name, id, retryCount }: Attempt): Promise<void> {
  await boss.touch(name, { id, retryCount }).catch((error: unknown) => {
    if (isOutage(error)) {
      reportOutage(log, error, 'no heartbeat');
    } else {
      log.warn({ err: error, job: name }, 'no heartbeat');
    }
  });
}

function reportFailure({ log }: Context, name: JobName, error: unknown): void {
  if (isOutage(error)) {
    reportOutage(log, error, 'the queue');
  } else {
    log.error({ err: error, job: name }, 'the queue cannot be reached');
  }
}

/** The queue tries again, later and later; what a person has to see is logged. */
async function failAttempt(context: Context, attempt: Attempt, error: unknown): Promise<void> {
  const isStopping = context.stopping.aborted;
  if (isOutage(error)) {
    reportOutage(context.log, error, `${attempt.name} is tried again`);
  } else if (!isStopping && !(error instanceof RetryLater)) {
    context.log.error({ err: error, job: attempt.name }, 'a job failed and will be tried again');
  }
  const isSoon = isStopping || isOutage(error) || (error instanceof RetryLater && error.is_soon);
  const reason = maskAddresses(messageOf(error));
  await retryLater(context.boss, context.db, attempt, reason, isSoon ? 'soon' : 'later');
}
