import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../context.ts';

const ATTEMPTS = 200;
const PAUSE_MS = 250;
/** PostgreSQL's lock_not_available. */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Runs `drop`, which waits for the lock of a table 50 ms at most, since statements that come after it wait as well. While the table is in
 * use it is tried again a little later; undefined if it was all the time, which is logged, or if the process is stopping.
 */
export async function dropWhenUnused<Result>(
  { log, stopping }: Context,
  table: string,
  drop: () => Promise<Result>,
): Promise<Result | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS && !stopping.aborted; attempt++) {
    try {
      return await drop();
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) {
        throw error;
      }
      await sleep(PAUSE_MS);
    }
  }
  log.warn(
    { table },
    'old rows stay for a later run: the table was in use all the time, or the process stops',
  );
  return undefined;
}
