import { setTimeout as sleep } from 'node:timers/promises';
import type { Tx } from '../../../database/connect.ts';
import type { OutboxContext } from '../store/context.ts';
import { findResponse, lockKey, type KeyedRequest, storeResponse } from './_idempotency.ts';
import type { Mail } from '../store/mail.ts';
import { storeMails } from '../store/store-mails.ts';

interface SendingCall {
  endpoint: string;
  idempotency_key: string | undefined;
  body: string;
  mails: Mail[];
  answer: (ids: string[]) => unknown;
  /** How long the request stays in progress. */
  hold_ms: number;
}

/** Returns the answer's text: a new one, or under a known key the first one again. Key and mails stand or fall together. */
export function acceptMails(outbox: OutboxContext, call: SendingCall): Promise<string> {
  const { idempotency_key } = call;
  return outbox.db.transaction().execute(async (tx) => {
    const text =
      idempotency_key === undefined
        ? await store(outbox, tx, call)
        : await storeOnce(outbox, tx, { ...call, idempotency_key });
    await sleep(call.hold_ms);
    return text;
  });
}

async function storeOnce(outbox: OutboxContext, tx: Tx, call: SendingCall & KeyedRequest): Promise<string> {
  const now = outbox.now();
  await lockKey(tx, call);
  const earlier = await findResponse(tx, call, now);
  if (earlier !== undefined) {
    return earlier;
  }
  const text = await store(outbox, tx, call);
  await storeResponse(tx, call, text, now);
  return text;
}

async function store(outbox: OutboxContext, tx: Tx, { mails, answer }: SendingCall): Promise<string> {
  const ids = await storeMails(tx, mails, outbox.now(), outbox.faults.takeForWebhooks());
  return JSON.stringify(answer(ids));
}
