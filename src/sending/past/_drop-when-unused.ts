import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../context.ts';

const ATTEMPTS = 200;
const PAUSE_MS = 250;
/** PostgreSQL's lock_not_available. */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Runs `drop`, which waits at most 50 ms for its table lock, since later statements queue behind it. Retries while the
 * table is in use. Logs it and returns undefined if the table stayed in use or the process is stopping.
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
    'old rows are left for a later run: the table was always in use, or the process is stopping',
  );
  return undefined;
}
