import type { MiddlewareHandler } from 'hono';
import { ApiError } from '../store/api-error.ts';

const WINDOW_MS = 1000;

/** A fixed window of one second, reported in rate limit headers (docs/resend.md, rate limit). */
export function limitRate(callsPerSecond: number): MiddlewareHandler {
  let started_at_ms = Number.NEGATIVE_INFINITY;
  let calls = 0;
  return async (c, next) => {
    // Real time, because the outbox's own clock may be fixed.
    const now_ms = performance.now();
    if (now_ms - started_at_ms >= WINDOW_MS) {
      started_at_ms = now_ms;
      calls = 0;
    }
    calls += 1;
    c.header('ratelimit-limit', String(callsPerSecond));
    c.header('ratelimit-policy', `${callsPerSecond};w=1`);
    c.header('ratelimit-remaining', String(Math.max(0, callsPerSecond - calls)));
    c.header('ratelimit-reset', '1');
    if (calls > callsPerSecond) {
      throw tooManyRequests(`You can only make ${callsPerSecond} requests per second.`);
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
