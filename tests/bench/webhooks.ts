import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { Webhook } from 'standardwebhooks';
import { readConfig } from '../../src/config/config.ts';
import { openContext } from '../../src/context.ts';
import { findFreePort } from '../support/free-port.ts';
import { createApp } from '../../src/web/app.tsx';
import { openBenchEnvironment, prepare } from './bench-environment.ts';

const EVENTS_PER_SECOND = 200;
const SECONDS = 30;
const EVENT_TYPES = ['email.sent', 'email.delivered', 'email.bounced'] as const;

/** Posts signed events to the real app at a steady rate, and measures how long each answer takes. */
export async function benchWebhooks(): Promise<void> {
  const environment = await openBenchEnvironment();
  const databaseUrl = await environment.createDatabase(20_000);
  await prepare(databaseUrl, 10);
  const port = await findFreePort();
  const config = readConfig({ PORT: String(port), LOG_LEVEL: 'error' });
  const context = await openContext(config, databaseUrl, environment.sinkUrl);
  const server = serve({ fetch: createApp(context).fetch, hostname: '127.0.0.1', port });
  const signer = new Webhook(config.webhookSecret);
  const times: number[] = [];
  const statuses = new Map<number, number>();
  const post = async (number: number) => {
    const id = `msg_${randomUUID()}`;
    const at = new Date();
    const tags = { sender: context.installation.id, delivery: String(1 + (number % 20_000)), round: '1' };
    const isBounce = number % 50 === 0;
    const type = isBounce ? EVENT_TYPES[2] : EVENT_TYPES[number % 2];
    const bounce = isBounce ? { bounce: { type: 'Permanent', subType: 'General' } } : {};
    const body = JSON.stringify({
      type,
      created_at: at.toISOString(),
      data: { email_id: randomUUID(), tags, ...bounce },
    });
    const headers = {
      'content-type': 'application/json',
      'svix-id': id,
      'svix-timestamp': String(Math.floor(at.getTime() / 1000)),
      'svix-signature': signer.sign(id, at, body),
    };
    const started = performance.now();
    const response = await fetch(`http://127.0.0.1:${port}/webhooks/resend`, {
      method: 'POST',
      body,
      headers,
    });
    await response.text();
    times.push(performance.now() - started);
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
  };
  const started = performance.now();
  const posts: Promise<void>[] = [];
  for (let number = 0; number < EVENTS_PER_SECOND * SECONDS; number++) {
    await sleep(Math.max(0, started + (1000 * number) / EVENTS_PER_SECOND - performance.now()));
    posts.push(post(number));
  }
  await Promise.all(posts);
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  console.log(
    `${EVENTS_PER_SECOND} events a second for ${SECONDS} s: median ${at(0.5)} ms, 99 % within ${at(0.99)} ms, ` +
      `all within ${at(1)} ms; ${[...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')}`,
  );
  server.close();
  await context.close();
  await environment.close();
}
