import { Hono } from 'hono';
import { Resend, type WebhookEventPayload } from 'resend';
import { onTestFinished } from 'vitest';
import type { Outbox } from '../../../src/local/outbox/open-outbox.ts';
import { listen, SECRET } from './start-outbox.ts';

export interface Received {
  svix_id: string;
  /** Verified by the SDK. */
  event: Extract<WebhookEventPayload, { type: `email.${string}` }>;
}

/** Receives webhooks as our site does; answers with `statuses` first, then 200; answers nothing before `ready` resolves. */
export async function startReceiver(statuses: number[] = [], ready?: Promise<unknown>) {
  const received: Received[] = [];
  const resend = new Resend('re_receiver');
  const app = new Hono().post('/webhooks/resend', async (c) => {
    const svix_id = c.req.header('svix-id') ?? '';
    const headers = {
      id: svix_id,
      timestamp: c.req.header('svix-timestamp') ?? '',
      signature: c.req.header('svix-signature') ?? '',
    };
    const event = resend.webhooks.verify({ payload: await c.req.text(), headers, webhookSecret: SECRET });
    received.push({ svix_id, event: event as Received['event'] });
    await ready;
    return c.json({}, (statuses.shift() ?? 200) as 200);
  });
  return { received, webhookUrl: `${await listen(app)}/webhooks/resend` };
}

/** Runs the outbox's delivery loop until the test ends. */
export function deliver(outbox: Outbox) {
  const stopping = new AbortController();
  const done = outbox.deliverWebhooks(stopping.signal);
  const stop = async () => {
    stopping.abort();
    await done;
  };
  onTestFinished(stop);
  return { stop };
}
