import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { CallFault } from '../store/faults.ts';
import { tooManyRequests } from './_limit-rate.ts';
import { ApiError } from '../store/api-error.ts';

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };

/** Accepts the call and responds, with the fault if there is one. `accept` returns the response body. */
export async function injectFault(
  c: Context,
  fault: CallFault | undefined,
  accept: (delay_ms: number) => Promise<string>,
): Promise<Response> {
  switch (fault?.kind) {
    case undefined:
      return c.body(await accept(0), 200, JSON_HEADERS);
    case 'slow':
      return c.body(await accept(fault.ms), 200, JSON_HEADERS);
    case 'broken-json':
      return c.body(truncate(await accept(0)), 200, JSON_HEADERS);
    case 'lose-response':
      await accept(0);
      return dropConnection(c);
    case 'hang':
      return hang(c, fault.ms, fault.accepts ? accept : undefined);
    case 'error-500-after-accepting':
      await accept(0);
      throw apiErrorOf('error-500');
    case 'error-500':
    case 'rate-limit':
    case 'daily-quota':
    case 'monthly-quota':
    case 'unauthorized':
      throw apiErrorOf(fault.kind);
  }
}

async function hang(c: Context, ms: number, accept: ((delay_ms: number) => Promise<string>) | undefined) {
  await accept?.(0);
  await sleep(ms, undefined, { signal: c.req.raw.signal }).catch(() => undefined);
  return dropConnection(c);
}

/** The caller sees its connection reset. */
function dropConnection(c: Context): Response {
  const { outgoing } = c.env as HttpBindings;
  outgoing.destroy();
  return new Response(null, { headers: RESPONSE_ALREADY_SENT.headers });
}

function truncate(text: string): string {
  return text.slice(0, Math.floor(text.length / 2));
}

function apiErrorOf(
  kind: 'error-500' | 'rate-limit' | 'daily-quota' | 'monthly-quota' | 'unauthorized',
): ApiError {
  switch (kind) {
    case 'error-500':
      return new ApiError(500, 'internal_server_error', 'Internal server error.');
    case 'rate-limit':
      return tooManyRequests('This is an injected fault.');
    case 'daily-quota':
      return new ApiError(429, 'daily_quota_exceeded', 'You have reached your daily email sending quota.');
    case 'monthly-quota':
      return new ApiError(
        429,
        'monthly_quota_exceeded',
        'You have reached your monthly email sending quota.',
      );
    case 'unauthorized':
      return new ApiError(401, 'missing_api_key', 'Missing API key in the authorization header.');
  }
}
