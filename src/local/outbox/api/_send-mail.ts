import { createHash } from 'node:crypto';
import type { Context, Handler } from 'hono';
import { acceptMails } from './_accept-mails.ts';
import { injectFault } from './_inject-fault.ts';
import type { OutboxContext } from '../store/context.ts';
import { readIdempotencyKey } from './_idempotency.ts';
import { type Mail, readMail } from '../store/mail.ts';
import { readBatch } from './_read-batch.ts';
import { ApiError } from '../store/api-error.ts';

/** The mails in a request body, and how to build the response from their ids. */
interface ParsedBody {
  mails: Mail[];
  toResponse: (ids: string[]) => unknown;
}

/** `POST /emails` */
export function sendMail(outbox: OutboxContext): Handler {
  return (c) =>
    handleSend(outbox, c, '/emails', (body) => ({
      mails: [readMail(body)],
      toResponse: ([id]) => ({ id }),
    }));
}

/** `POST /emails/batch` */
export function sendBatch(outbox: OutboxContext): Handler {
  return (c) =>
    handleSend(outbox, c, '/emails/batch', (body) => {
      const { mails, errors } = readBatch(body, c.req.header('x-batch-validation') ?? 'strict');
      return {
        mails,
        toResponse: (ids) => ({ data: ids.map((id) => ({ id })), ...(errors ? { errors } : {}) }),
      };
    });
}

function handleSend(
  outbox: OutboxContext,
  c: Context,
  endpoint: string,
  read: (body: unknown) => ParsedBody,
) {
  const idempotency_key = readIdempotencyKey(c.req.header('idempotency-key'));
  return injectFault(c, outbox.faults.takeForCall(), async (delay_ms) => {
    const body = await c.req.text();
    // Each team has idempotency keys of its own.
    const scope = `${endpoint} ${hashTeam(c.req.header('authorization') ?? '')}`;
    return acceptMails(outbox, {
      endpoint: scope,
      idempotency_key,
      body,
      delay_ms,
      ...read(parseJson(body)),
    });
  });
}

function hashTeam(authorization: string): string {
  return createHash('sha256').update(authorization).digest('hex').slice(0, 16);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new ApiError(400, 'validation_error', 'The request body is not valid JSON.');
  }
}
