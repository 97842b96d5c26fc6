import type { ErrorHandler } from 'hono';
import type { Log } from '../../../log.ts';

type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 422 | 429 | 500;

/** An answer from Resend's table of errors (resend.md 3.3). */
export class Refusal extends Error {
  readonly status: RefusalStatus;
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(status: RefusalStatus, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** Answers refusals as Resend does; anything else is a fault of the outbox itself, and a 500 as Resend words it. */
export function respondWithApiError(log: Log): ErrorHandler {
  return (error, c) => {
    if (error instanceof Refusal) {
      const { status, code, message, headers } = error;
      return c.json({ statusCode: status, message, name: code }, status, headers);
    }
    log.error({ err: error, method: c.req.method }, 'the outbox could not answer');
    const message = 'Internal server error. We are unable to process your request right now.';
    return c.json({ statusCode: 500, message, name: 'internal_server_error' }, 500);
  };
}
