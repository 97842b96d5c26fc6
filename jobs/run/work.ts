import { createDueSignal, type DueSignal } from './_due-signal.ts';
import { limitHeapGrowth } from '../../src/concurrency/limit-heap.ts';
import type { Context } from '../../src/context.ts';
import { maskAddresses, messageOf } from '../../src/errors.ts';
import { findBlocker } from '../../src/installation/blocker.ts';
import { isOutage, reportOutage } from '../../src/database/outage.ts';
import {
  type Attempt,
  forBatchQueues,
  HEARTBEAT_SECONDS,
  JOB_NAMES,
  type JobName,
  type Jobs,
} from '../../src/queue/queue.ts';
import { retryLater } from '../../src/queue/retry-later.ts';
import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { handlers } from './_handlers.ts';
import { superviseQueues } from './_supervise-queues.ts';

/** Jobs that are not finished by then go to another worker once their heartbeat expires. */
const SHUTDOWN_GRACE_MS = 8_000;
/** Resend takes about a second per batch (docs/resend.md, batches), so ten calls a second need a dozen in flight. */
const BATCHES_AT_ONCE = 12;
/** How many jobs of a queue a process runs at once; 1 by default. A confirmation must not wait for the one before it. */
const CONCURRENCY: Partial<Record<JobName, number>> = {
  ...forBatchQueues(BATCHES_AT_ONCE),
  'send-letter': 4,
  'send-digest-copy': 4,
  'send-confirmation': 4,
};

/**
 * After this time a process sends no more heartbeats for a job, even if it still runs: another worker takes over. Waiting for
 * permit and slot, and a call without a response, take less; two workers that send the same batch mail nobody twice.
 */
const MAX_HEARTBEAT_MS: Partial<Record<JobName, number>> = forBatchQueues(90_000);

/** Works on every queue until `context.stopping`; resolves once running jobs are finished or returned to their queue. */
export async function work(context: Context): Promise<void> {
  // Senders run for long and allocate slowly.
  limitHeapGrowth(20);
  const stopped = new Promise((resolve) => {
    context.stopping.addEventListener('abort', () => setTimeout(resolve, SHUTDOWN_GRACE_MS).unref());
  });
  const due = createDueSignal(context, (error) => reportFailure(context, error));
  const working = JOB_NAMES.map((name) => workOn(context, name, due));
  const supervising = superviseQueues(context, (error) => reportFailure(context, error));
  await Promise.race([Promise.all([...working, supervising]), stopped]);
}

/** Runs all jobs that are due, one after the other, until none is left. */
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

/** Fetches one job at a time, however many of the queue's jobs run. */
async function workOn(context: Context, name: JobName, due: DueSignal): Promise<void> {
  const running = new Set<Promise<void>>();
  while (!context.stopping.aborted) {
    if (running.size >= (CONCURRENCY[name] ?? 1)) {
      await Promise.race(running);
      continue;
    }
    const job = await fetchUnlessBlocked(context, name).catch((error: unknown) => {
      reportFailure(context, error, name);
      return undefined;
    });
    if (job) {
      const run = runJob(context, job).catch((error: unknown) => reportFailure(context, error, name));
      running.add(run);
      void run.finally(() => running.delete(run));
    } else {
      await due.wait(name);
    }
  }
  await Promise.all(running);
}

/** Staff notices are sent even while work is blocked: one of them reports the blocker. */
async function fetchUnlessBlocked(context: Context, name: JobName): Promise<Attempt | undefined> {
  const isBlocked = name !== 'send-staff-notice' && (await findBlocker(context.db)) !== undefined;
  return isBlocked ? undefined : fetchJob(context, name);
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
 * Completes and refreshes only this attempt: after a process was suspended its job may belong to another worker, and it
 * must neither end that attempt nor keep it alive.
 */
async function runJob(context: Context, attempt: Attempt): Promise<void> {
  const { name, id, retryCount, data } = attempt;
  const until = performance.now() + (MAX_HEARTBEAT_MS[name] ?? Number.POSITIVE_INFINITY);
  const beat = () => void (performance.now() < until && sendHeartbeat(context, attempt));
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

async function sendHeartbeat({ boss, log }: Context, { name, id, retryCount }: Attempt): Promise<void> {
  await boss.touch(name, { id, retryCount }).catch((error: unknown) => {
    if (isOutage(error)) {
      reportOutage(log, error, 'heartbeat failed');
    } else {
      log.warn({ err: error, job: name }, 'heartbeat failed');
    }
  });
}

function reportFailure({ log }: Context, error: unknown, name?: JobName): void {
  if (isOutage(error)) {
    reportOutage(log, error, 'queue');
  } else {
    log.error({ err: error, job: name }, 'queue operation failed');
  }
}

/** The queue retries with backoff; errors that need attention are logged. */
async function failAttempt(context: Context, attempt: Attempt, error: unknown): Promise<void> {
  const isStopping = context.stopping.aborted;
  if (isOutage(error)) {
    reportOutage(context.log, error, `${attempt.name} will be retried`);
  } else if (!isStopping && !(error instanceof RetryLater)) {
    context.log.error({ err: error, job: attempt.name }, 'a job failed and will be retried');
  }
  const when = error instanceof RetryLater ? error.when : 'backoff';
  const reason = maskAddresses(messageOf(error));
  await retryLater(
    context.boss,
    context.db,
    attempt,
    reason,
    isStopping || isOutage(error) ? 'promptly' : when,
  );
}
