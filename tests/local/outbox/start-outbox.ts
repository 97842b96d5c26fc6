import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { Resend } from 'resend';
import { onTestFinished } from 'vitest';
import type { Db } from '../../../src/database/connect.ts';
import { type OutboxOptions, openOutbox } from '../../../src/local/outbox/open-outbox.ts';
import { openLog } from '../../../src/log.ts';

export const SECRET = `whsec_${Buffer.from('a secret of the tests, of no use').toString('base64')}`;
export const KEY = 're_tests';

/** An outbox served over HTTP, mounted as in production, and the real SDK as its client. */
export async function startOutbox(db: Db, options: Partial<OutboxOptions> = {}) {
  const outbox = openOutbox({
    db,
    now: () => new Date(),
    log: openLog('silent'),
    webhookUrl: 'http://127.0.0.1:9/',
    webhookSecret: SECRET,
    callsPerSecond: 1000,
    ...options,
  });
  const app = new Hono().route('/outbox/api', outbox.api).route('/outbox', outbox.pages);
  const origin = await listen(app);
  const baseUrl = `${origin}/outbox/api`;
  return { outbox, origin, baseUrl, resend: new Resend(KEY, { baseUrl }) };
}

/** Posts without the SDK. */
export function post(baseUrl: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(`${baseUrl}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'user-agent': 'tests', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

export function mailTo(to: string) {
  return { from: 'Verdicts <verdicts@example.net>', to, subject: 'The week', html: '<p>Hello</p>' };
}

export async function listen(app: Hono): Promise<string> {
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }) as Server;
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
