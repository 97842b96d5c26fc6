import type { Db } from '../database/connect.ts';
import type { Attempt, Boss } from './queue.ts';

/** When a job that failed is tried again. */
export type RetryTime = 'backoff' | 'promptly' | 'within a minute';

const FIRST_DELAY_SECONDS = 2;
export const MAX_DELAY_SECONDS = 900;

/**
 * Ends a failed attempt: the job is retried with exponential backoff, or sooner where waiting longer would not help. Does
 * nothing if another worker has taken over the job.
 */
export async function retryLater(
  boss: Boss,
  db: Db,
  { name, id, retryCount, data }: Attempt,
  reason: string,
  when: RetryTime,
): Promise<void> {
  const failures = (data.failures ?? 0) + (when === 'backoff' ? 1 : 0);
  const delay = {
    promptly: FIRST_DELAY_SECONDS / 2,
    'within a minute': 30,
    backoff: FIRST_DELAY_SECONDS * 2 ** Math.min(failures - 1, 16),
  }[when];
  const startAfter = Math.min(MAX_DELAY_SECONDS, Math.ceil(delay * (1 + Math.random())));
  await db.transaction().execute(async (tx) => {
    const { fromKysely } = await import('pg-boss');
    const options = { db: fromKysely(tx) };
    // pg-boss returns the number of jobs, but its types do not declare it.
    const failed = (await boss.fail(name, { id, retryCount }, { message: reason }, options)) as {
      affected?: number;
    };
    if (failed.affected === 1) {
      await boss.update(name, { ...data, failures }, { id, startAfter, ...options });
    }
  });
}
