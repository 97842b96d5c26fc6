import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { type Db, preparedStatement } from '../../src/database/connect.ts';
import { createPolling } from '../../src/concurrency/polling.ts';
import type { Context } from '../../src/context.ts';
import type { JobName } from '../../src/queue/queue.ts';

/** At a quiet time, a person who signs up waits up to a second until their mail is sent. */
const POLLING = { busy_ms: 400, idle_ms: 1_000, quiet_ms: 30_000 };

export interface DueSignal {
  /** Resolves when the queue may have a job to fetch, or the process is stopping. */
  wait: (name: JobName) => Promise<void>;
}

/**
 * Asks for every idle queue at once whether a job of it is due: an idle process runs one small statement instead of one
 * for each queue. A failure is reported, and the statement is run again.
 */
export function createDueSignal(
  { preparedDb, stopping }: Pick<Context, 'preparedDb' | 'stopping'>,
  reportFailure: (error: unknown) => void,
): DueSignal {
  const waiting = new Map<JobName, () => void>();
  const wake = (names: Iterable<JobName>) => {
    for (const name of names) {
      waiting.get(name)?.();
      waiting.delete(name);
    }
  };
  const listDueSafely = (names: readonly JobName[]) =>
    listDue(preparedDb, names).catch((error: unknown): JobName[] => {
      reportFailure(error);
      return [];
    });
  let isAsking = false;
  const nextWait = createPolling(POLLING);
  let wait_ms = POLLING.busy_ms;
  const ask = async () => {
    isAsking = true;
    while (waiting.size > 0) {
      await sleep(wait_ms, undefined, { signal: stopping }).catch(() => undefined);
      if (stopping.aborted) {
        wake([...waiting.keys()]);
      } else {
        const due = await listDueSafely([...waiting.keys()]);
        wait_ms = nextWait(due.length > 0);
        wake(due);
      }
    }
    isAsking = false;
  };
  const wait = (name: JobName) =>
    new Promise<void>((resolve) => {
      waiting.set(name, resolve);
      if (!isAsking) {
        void ask();
      }
    });
  return { wait };
}

async function listDue(db: Db, names: readonly JobName[]): Promise<JobName[]> {
  // The conditions match an index of pg-boss.
  const { rows } = await sql<{ name: JobName }>`
    ${preparedStatement('list-due')}
    select name from unnest(${names}::text[]) as queue (name)
    where exists (
      select from pgboss.job
      where job.name = queue.name and state < 'active' and not blocked and start_after <= now())`.execute(db);
  return rows.map(({ name }) => name);
}
