import type { Context, Handler } from 'hono';
import { acceptMails } from './_accept-mails.ts';
import { injectFault } from './_inject-fault.ts';
import type { OutboxContext } from '../store/context.ts';
import { readIdempotencyKey } from './_idempotency.ts';
import { type Mail, readMail } from '../store/mail.ts';
import { readBatch } from './_read-batch.ts';
import { Refusal } from '../store/api-error.ts';

/** The mails that a body asks for, and the answer once they have ids. */
interface Order {
  mails: Mail[];
  answer: (ids: string[]) => unknown;
}

/** `POST /emails` */
export function sendMail(outbox: OutboxContext): Handler {
  return (c) =>
    takeOrder(outbox, c, '/emails', (body) => ({
      mails: [readMail(body)],
      answer: ([id]) => ({ id }),
    }));
}

/** `POST /emails/batch` */
export function sendBatch(outbox: OutboxContext): Handler {
  return (c) =>
    takeOrder(outbox, c, '/emails/batch', (body) => {
      const { mails, errors } = readBatch(body, c.req.header('x-batch-validation') ?? 'strict');
      return { mails, answer: (ids) => ({ data: ids.map((id) => ({ id })), ...(errors ? { errors } : {}) }) };
    });
}

function takeOrder(outbox: OutboxContext, c: Context, endpoint: string, read: (body: unknown) => Order) {
  const idempotency_key = readIdempotencyKey(c.req.header('idempotency-key'));
  return injectFault(c, outbox.faults.takeForCall(), async (hold_ms) => {
    const body = await c.req.text();
    return acceptMails(outbox, { endpoint, idempotency_key, body, hold_ms, ...read(parseJson(body)) });
  });
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal(400, 'validation_error', 'The request body is not valid JSON.');
  }
}
