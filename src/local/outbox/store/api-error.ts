import type { ErrorHandler } from 'hono';
import type { Log } from '../../../log.ts';

type ApiErrorStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 422 | 429 | 500;

/** An error response from Resend's table of errors (docs/resend.md, errors). */
export class ApiError extends Error {
  readonly status: ApiErrorStatus;
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(status: ApiErrorStatus, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** Sends ApiErrors as Resend does. Any other error is a bug in the outbox and becomes a 500 in Resend's wording. */
export function respondWithApiError(log: Log): ErrorHandler {
  return (error, c) => {
    if (error instanceof ApiError) {
      const { status, code, message, headers } = error;
      return c.json({ statusCode: status, message, name: code }, status, headers);
    }
    log.error({ err: error, method: c.req.method }, 'the outbox failed to handle a request');
    const message = 'Internal server error. We are unable to process your request right now.';
    return c.json({ statusCode: 500, message, name: 'internal_server_error' }, 500);
  };
}
