import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';

/** A body has more bytes than its path allows. */
export class BodyTooLarge extends Error {
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super(`a body of more than ${maxBytes} bytes`);
    this.maxBytes = maxBytes;
  }
}

export const MAX_FORM_BYTES = 64 * 1024;

/**
 * The limit for a form at this path: a tool with all its reviews is larger, and one character may take nine bytes once
 * it is URL-encoded.
 */
export function maxFormBytes(path: string): number {
  return /^\/studio\/(?:content|new)\//.test(path) ? 4 * MAX_FORM_BYTES : MAX_FORM_BYTES;
}

/**
 * Rejects larger bodies with 413. Hono's own limit opens the body as a stream, which costs more than the rest of handling
 * a small form, so it is skipped if Content-Length is given and within the limit.
 */
export function limitBody(maxBytes: number): MiddlewareHandler {
  const limitStream = bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new BodyTooLarge(maxBytes);
    },
  });
  return async (c, next) => {
    const length = c.req.header('Content-Length');
    const isDeclared = length !== undefined && c.req.header('Transfer-Encoding') === undefined;
    return isDeclared && Number(length) <= maxBytes ? next() : limitStream(c, next);
  };
}
