import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

/** Node's network errors, and SQLSTATEs (besides class 08): too many connections, shutdown, startup, read-only. */
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

/** Errors that pg and PgBouncer report without a code. */
const MESSAGES =
  /timeout exceeded when trying to connect|Connection terminated|connection error and is not queryable|server conn crashed|no more connections allowed|query_wait_timeout|server login has been failing/;

/**
 * Whether the database is unreachable, out of connections or read-only: the statement itself is not at fault. Takes whatever was
 * thrown; a DOMException, for one, has a number as its code.
 */
export function isOutage(error: unknown): boolean {
  if (error instanceof AggregateError) {
    return error.errors.some(isOutage);
  }
  if (!(error instanceof Object)) {
    return false;
  }
  const { code, message, cause } = error as { code?: unknown; message?: unknown; cause?: unknown };
  return (
    (typeof code === 'string' && (CODES.has(code) || code.startsWith('08'))) ||
    (typeof message === 'string' && MESSAGES.test(message)) ||
    isOutage(cause)
  );
}

interface LogThrottle {
  readonly logged_at: number;
  readonly suppressed: number;
}

const LOG_INTERVAL_MS = 60_000;
const throttles = new WeakMap<Log, LogThrottle>();

/** Logs at most one line a minute: `what` of that failure, and how many were suppressed since the last line. */
export function reportOutage(log: Log, error: unknown, what: string): void {
  const now = performance.now();
  const throttle = throttles.get(log);
  if (throttle && now - throttle.logged_at < LOG_INTERVAL_MS) {
    throttles.set(log, { ...throttle, suppressed: throttle.suppressed + 1 });
    return;
  }
  throttles.set(log, { logged_at: now, suppressed: 0 });
  const reason = error instanceof AggregateError ? messageOf(error.errors[0]) : messageOf(error);
  log.error({ reason, suppressed: throttle?.suppressed ?? 0 }, `the database cannot be used: ${what}`);
}
