import { setTimeout as sleep } from 'node:timers/promises';
import type { Tx } from '../../../database/connect.ts';
import type { OutboxContext } from '../store/context.ts';
import { findResponse, lockKey, type IdempotentRequest, storeResponse } from './_idempotency.ts';
import type { Mail } from '../store/mail.ts';
import { storeMails } from '../store/store-mails.ts';

interface SendRequest {
  endpoint: string;
  idempotency_key: string | undefined;
  body: string;
  mails: Mail[];
  toResponse: (ids: string[]) => unknown;
  /** Delay before the request completes. */
  delay_ms: number;
}

/**
 * Returns the response body; a repeated key returns the first response. Key and mails are stored in one transaction.
 */
export function acceptMails(outbox: OutboxContext, request: SendRequest): Promise<string> {
  const { idempotency_key } = request;
  return outbox.db.transaction().execute(async (tx) => {
    const text =
      idempotency_key === undefined
        ? await store(outbox, tx, request)
        : await storeOnce(outbox, tx, { ...request, idempotency_key });
    await sleep(request.delay_ms);
    return text;
  });
}

async function storeOnce(
  outbox: OutboxContext,
  tx: Tx,
  request: SendRequest & IdempotentRequest,
): Promise<string> {
  const now = outbox.now();
  await lockKey(tx, request);
  const earlier = await findResponse(tx, request, now);
  if (earlier !== undefined) {
    return earlier;
  }
  const text = await store(outbox, tx, request);
  await storeResponse(tx, request, text, now);
  return text;
}

async function store(outbox: OutboxContext, tx: Tx, { mails, toResponse }: SendRequest): Promise<string> {
  const ids = await storeMails(tx, mails, outbox.now(), outbox.faults.takeForWebhooks());
  return JSON.stringify(toResponse(ids));
}
