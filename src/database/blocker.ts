import { describeClockSkew, measureClockSkew } from './clock-skew.ts';
import type { Db } from './connect.ts';
import { explainMove, detectMoveCached } from './identity.ts';

/** Why this process must not work on the queue and the timetable, whatever it finds there. */
export interface Blocker {
  /** Of staff's notice. */
  title: string;
  /** A paragraph: what was seen and what to do. */
  words: string;
  /** The same as long as nothing changes, so that staff are told once. */
  key: string;
}

const CLOCK_CHECK_INTERVAL_MS = 20_000;
const clocks = new WeakMap<Db, { at: number; ahead_ms: Promise<number> }>();

/** The database was moved, or the clock is wrong; undefined for neither. Asked of the database now and then only. */
export async function findBlocker(db: Db): Promise<Blocker | undefined> {
  const move = await detectMoveCached(db);
  if (move) {
    return {
      title: 'Nothing is sent: the database was moved',
      words: explainMove(move),
      key: `moved ${move.key}`,
    };
  }
  const words = describeClockSkew(await readClockSkew(db));
  return words === undefined
    ? undefined
    : {
        title: 'A machine does not work: its clock is wrong',
        words: `A machine does not work: ${words}. Ages of idempotency keys and times to send are told by it.`,
        key: `clock ${new Date().toISOString().slice(0, 10)}`,
      };
}

function readClockSkew(db: Db): Promise<number> {
  const known = clocks.get(db);
  if (known && performance.now() - known.at < CLOCK_CHECK_INTERVAL_MS) {
    return known.ahead_ms;
  }
  const ahead_ms = measureClockSkew(db);
  clocks.set(db, { at: performance.now(), ahead_ms });
  ahead_ms.catch(() => clocks.delete(db));
  return ahead_ms;
}
