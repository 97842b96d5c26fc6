import { setTimeout as sleep } from 'node:timers/promises';
import { collectEarly } from '../src/collect-early.ts';
import type { Context } from '../src/context.ts';
import { messageOf } from '../src/errors.ts';
import { maskAddresses } from '../src/log.ts';
import { HEARTBEAT_SECONDS, JOB_NAMES, type JobName, type Jobs } from '../src/queue.ts';
import { TryLater } from '../src/sending/rate.ts';
import { handlers } from './handlers.ts';

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

/** Works on every queue until `context.stopping`; the promise settles once what was running is finished or handed back. */
export async function work(context: Context): Promise<void> {
  collectEarly();
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
    const job = await fetchJob(context, name).catch((error: unknown) => {
      context.log.error({ err: error, job: name }, 'the queue cannot be reached');
      return undefined;
    });
    if (job) {
      const run = runJob(context, job).catch((error: unknown) =>
        context.log.error({ err: error, job: name }, 'the queue cannot be reached'),
      );
      running.add(run);
      void run.finally(() => running.delete(run));
    } else {
      await sleep(IDLE_MS, undefined, { signal: context.stopping }).catch(() => undefined);
    }
  }
  await Promise.all(running);
}

interface FetchedJob {
  name: JobName;
  id: string;
  data: Jobs[JobName];
}

async function runNext(context: Context, name: JobName): Promise<boolean> {
  const job = await fetchJob(context, name);
  await (job && runJob(context, job));
  return job !== undefined;
}

async function fetchJob({ boss }: Context, name: JobName): Promise<FetchedJob | undefined> {
  const [job] = await boss.fetch<Jobs[JobName]>(name);
  return job && { name, id: job.id, data: job.data };
}

async function runJob(context: Context, { name, id, data }: FetchedJob): Promise<void> {
  const heartbeat = setInterval(() => void touch(context, name, id), (HEARTBEAT_SECONDS * 1_000) / 3);
  try {
    await (handlers[name] as (context: Context, data: Jobs[JobName]) => Promise<void>)(context, data);
    await context.boss.complete(name, id);
  } catch (error) {
    await handBack(context, name, id, error);
  } finally {
    clearInterval(heartbeat);
  }
}

async function touch({ boss, log }: Context, name: JobName, id: string): Promise<void> {
  await boss.touch(name, id).catch((error: unknown) => log.warn({ err: error, job: name }, 'no heartbeat'));
}

/** The queue tries again, later and later; what a person has to see is logged. */
async function handBack(context: Context, name: JobName, id: string, error: unknown): Promise<void> {
  const isExpected = error instanceof TryLater || context.stopping.aborted;
  if (!isExpected) {
    context.log.error({ err: error, job: name }, 'a job failed and will be tried again');
  }
  await context.boss.fail(name, id, { message: maskAddresses(messageOf(error)) });
}
