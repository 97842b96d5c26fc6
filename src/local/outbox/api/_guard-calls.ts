import type { MiddlewareHandler } from 'hono';
import { Refusal } from '../store/api-error.ts';

/** Two keys that a test can hold to be refused; every other key is good. */
const RESTRICTED_KEY = 're_restricted';
const INVALID_KEY = 're_invalid';
const SENDING = /\/emails(\/batch)?$/;

/** What stands in front of Resend answers before Resend can, and not in JSON (resend.md 1.1). */
export const checkUserAgent: MiddlewareHandler = async (c, next) => {
  if (!c.req.header('user-agent')) {
    return c.text('error code: 1010', 403);
  }
  return next();
};

export const checkKey: MiddlewareHandler = async (c, next) => {
  const [, key] = /^Bearer (\S+)$/.exec(c.req.header('authorization') ?? '') ?? [];
  if (key === undefined) {
    throw new Refusal(401, 'missing_api_key', 'Missing API key in the authorization header.');
  }
  if (key === INVALID_KEY) {
    throw new Refusal(403, 'invalid_api_key', 'API key is invalid.');
  }
  const isSending = c.req.method === 'POST' && SENDING.test(c.req.path);
  if (key === RESTRICTED_KEY && !isSending) {
    throw new Refusal(401, 'restricted_api_key', 'This API key is restricted to only send emails.');
  }
  return next();
};
