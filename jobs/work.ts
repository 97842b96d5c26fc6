import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../src/context.ts';
import { messageOf } from '../src/errors.ts';
import { maskAddresses } from '../src/log.ts';
import { HEARTBEAT_SECONDS, JOB_NAMES, type JobName, type Jobs } from '../src/queue.ts';
import { TryLater } from '../src/sending/send-batch.ts';
import { handlers } from './handlers.ts';

const IDLE_MS = 400;
/** What is not finished by then is somebody else's once its heartbeat lapses. */
const FINISH_WITHIN_MS = 8_000;
/** Two calls to Resend at a time keep the line busy; the shared rate decides when each may start. */
const CONCURRENCY: Partial<Record<JobName, number>> = { 'send-batch': 2 };

/** Works on every queue until `context.stopping`; the promise settles once what was running is finished or handed back. */
export async function work(context: Context): Promise<void> {
  const loops = JOB_NAMES.flatMap((name) =>
    Array.from({ length: CONCURRENCY[name] ?? 1 }, () => workOn(context, name)),
  );
  const stopped = new Promise((resolve) => {
    context.stopping.addEventListener('abort', () => setTimeout(resolve, FINISH_WITHIN_MS).unref());
  });
  await Promise.race([Promise.all(loops), stopped]);
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

async function workOn(context: Context, name: JobName): Promise<void> {
  while (!context.stopping.aborted) {
    const ran = await runNext(context, name).catch((error: unknown) => {
      context.log.error({ err: error, job: name }, 'the queue cannot be reached');
      return false;
    });
    if (!ran) {
      await sleep(IDLE_MS, undefined, { signal: context.stopping }).catch(() => undefined);
    }
  }
}

async function runNext(context: Context, name: JobName): Promise<boolean> {
  const [job] = await context.boss.fetch<Jobs[JobName]>(name);
  if (!job) {
    return false;
  }
  const heartbeat = setInterval(() => void touch(context, name, job.id), (HEARTBEAT_SECONDS * 1_000) / 3);
  try {
    await (handlers[name] as (context: Context, data: Jobs[JobName]) => Promise<void>)(context, job.data);
    await context.boss.complete(name, job.id);
  } catch (error) {
    await handBack(context, name, job.id, error);
  } finally {
    clearInterval(heartbeat);
  }
  return true;
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
