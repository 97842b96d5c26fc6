import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

/** Network errors of Node, and SQLSTATEs: class 08, too many connections, shut down, starting, read-only. */
const CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  '53300',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '25006',
  '25P03',
]);

/** What pg says without a code. */
const WORDS =
  /timeout exceeded when trying to connect|Connection terminated|connection error and is not queryable|server conn crashed|no more connections allowed|query_wait_timeout|server login has been failing/;

/** The database cannot be reached, has no room or takes no writes: nothing is wrong with what was asked. */
export function isOutage(error: unknown): boolean {
  if (error instanceof AggregateError) {
    return error.errors.some(isOutage);
  }
  const { code = '', message = '', cause } = error as { code?: string; message?: string; cause?: unknown };
  return (
    CODES.has(code) ||
    code.startsWith('08') ||
    WORDS.test(message) ||
    (cause !== undefined && isOutage(cause))
  );
}

interface LogThrottle {
  since: number;
  kept_back: number;
}

const QUIET_MS = 60_000;
const throttles = new WeakMap<Log, LogThrottle>();

/** One line a minute however many fail: `what` of the first, and how many were kept back since the last line. */
export function reportOutage(log: Log, error: unknown, what: string): void {
  const now = performance.now();
  const silence = throttles.get(log);
  if (silence && now - silence.since < QUIET_MS) {
    silence.kept_back += 1;
    return;
  }
  throttles.set(log, { since: now, kept_back: 0 });
  const reason = error instanceof AggregateError ? messageOf(error.errors[0]) : messageOf(error);
  log.error({ reason, kept_back: silence?.kept_back ?? 0 }, `the database cannot be used: ${what}`);
}
