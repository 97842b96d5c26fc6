import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Context } from '../../src/context.ts';
import { type Db, preparedStatement } from '../../src/database/connect.ts';
import { JOB_NAMES, SUPERVISION_SECONDS } from '../../src/queue/queue.ts';

/** Without a running job, whose worker may have died, there are only old jobs to delete. */
const IDLE_MS = 60_000;

/**
 * Has pg-boss look after the queues until `context.stopping`: it gives the jobs of dead workers to others. pg-boss's own timer
 * would run half a dozen statements every few seconds even in an idle process.
 */
export async function superviseQueues(
  { boss, preparedDb, stopping }: Pick<Context, 'boss' | 'preparedDb' | 'stopping'>,
  reportFailure: (error: unknown) => void,
): Promise<void> {
  let due_ms = performance.now();
  while (!stopping.aborted) {
    await sleep(SUPERVISION_SECONDS * 1_000, undefined, { signal: stopping }).catch(() => undefined);
    try {
      const isDue = !stopping.aborted && (performance.now() >= due_ms || (await isAnyJobActive(preparedDb)));
      if (isDue) {
        await boss.supervise();
        due_ms = performance.now() + IDLE_MS;
      }
    } catch (error) {
      reportFailure(error);
    }
  }
}

async function isAnyJobActive(db: Db): Promise<boolean> {
  // The conditions match an index of pg-boss.
  const { rows } = await sql<{ is_active: boolean }>`
    ${preparedStatement('is-any-job-active')}
    select exists (
      select from pgboss.job
      where name = any(${JOB_NAMES}::text[]) and policy = 'exclusive' and state <= 'active' and state = 'active') as is_active`.execute(
    db,
  );
  return rows[0]!.is_active;
}
