import { cachePerScope } from '../concurrency/cache.ts';
import { describeClockSkew, measureClockSkew } from './clock-skew.ts';
import type { Db } from '../database/connect.ts';
import { explainMove, detectMoveCached } from './identity.ts';

/** Why this process must not run jobs or the timetable. */
export interface Blocker {
  /** Title of the notice to staff. */
  title: string;
  /** One paragraph: what was found and what to do. */
  message: string;
  /** Stable while nothing changes, so staff are notified only once. */
  key: string;
}

const cachedClockSkew = cachePerScope<number>({ max: 1, ttl_ms: 20_000 });

/** A database that was moved, or a wrong clock; undefined if neither. Cached, so it may be called often. */
export async function findBlocker(db: Db): Promise<Blocker | undefined> {
  const move = await detectMoveCached(db);
  if (move) {
    return {
      title: 'Nothing is sent: the database was moved',
      message: explainMove(move),
      key: `moved ${move.key}`,
    };
  }
  const message = describeClockSkew(await cachedClockSkew(db, 'ahead_ms', () => measureClockSkew(db)));
  return message === undefined
    ? undefined
    : {
        title: 'A worker has stopped: its clock is wrong',
        message: `A worker has stopped: ${message}. Idempotency keys and send times depend on the clock.`,
        key: `clock ${new Date().toISOString().slice(0, 10)}`,
      };
}
