import type { MiddlewareHandler } from 'hono';
import { ApiError } from '../store/api-error.ts';

/** Keys for tests: one that may only send, and one that is rejected. Every other key is valid. */
const RESTRICTED_KEY = 're_restricted';
const INVALID_KEY = 're_invalid';
const SEND_PATH = /\/emails(\/batch)?$/;

/** The proxy in front of Resend answers these requests itself, and not in JSON (docs/resend.md, calls). */
export const checkUserAgent: MiddlewareHandler = async (c, next) => {
  if (!c.req.header('user-agent')) {
    return c.text('error code: 1010', 403);
  }
  return next();
};

export const checkKey: MiddlewareHandler = async (c, next) => {
  const [, key] = /^Bearer (\S+)$/.exec(c.req.header('authorization') ?? '') ?? [];
  if (key === undefined) {
    throw new ApiError(401, 'missing_api_key', 'Missing API key in the authorization header.');
  }
  if (key === INVALID_KEY) {
    throw new ApiError(403, 'invalid_api_key', 'API key is invalid.');
  }
  const isSending = c.req.method === 'POST' && SEND_PATH.test(c.req.path);
  if (key === RESTRICTED_KEY && !isSending) {
    throw new ApiError(401, 'restricted_api_key', 'This API key is restricted to only send emails.');
  }
  return next();
};
