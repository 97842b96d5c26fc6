import type { MiddlewareHandler } from 'hono';
import type { Account } from '../store/account.ts';
import { ApiError } from '../store/api-error.ts';

const WINDOW_MS = 1000;

/**
 * A fixed window of one second for each key, reported in rate limit headers (docs/resend.md, rate limit). Here every
 * key belongs to a team of its own, whose limit a test may set in the account.
 */
export function limitRate(callsPerSecond: number, account: Account): MiddlewareHandler {
  const windows = new Map<string, { started_at_ms: number; calls: number }>();
  return async (c, next) => {
    const key = (c.req.header('authorization') ?? '').replace(/^Bearer /, '');
    const limit = account.limits[key] ?? callsPerSecond;
    // Real time, because the outbox's own clock may be fixed.
    const now_ms = performance.now();
    const current = windows.get(key);
    const isExpired = !current || now_ms - current.started_at_ms >= WINDOW_MS;
    const window = isExpired ? { started_at_ms: now_ms, calls: 0 } : current;
    windows.set(key, window);
    window.calls += 1;
    c.header('ratelimit-limit', String(limit));
    c.header('ratelimit-policy', `${limit};w=1`);
    c.header('ratelimit-remaining', String(Math.max(0, limit - window.calls)));
    c.header('ratelimit-reset', '1');
    if (window.calls > limit) {
      throw tooManyRequests(`You can only make ${limit} requests per second.`);
    }
    return next();
  };
}

export function tooManyRequests(detail: string): ApiError {
  const advice =
    'See rate limit response headers for more information. Or contact support to increase rate limit.';
  return new ApiError(429, 'rate_limit_exceeded', `Too many requests. ${detail} ${advice}`, {
    'retry-after': '1',
  });
}
