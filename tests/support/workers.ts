import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { expect, onTestFinished } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { deriveLinkKeys, verifySubscriberToken } from '../../src/links/tokens.ts';
import { openOutbox } from '../../src/local/outbox/open-outbox.ts';
import { openLog } from '../../src/log.ts';
import { type Running, runVerdicts, spawnVerdicts } from './run-verdicts.ts';
import { seedThisWeek } from './seed.ts';
import { shortenMails } from './shorten-mails.ts';
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** For workers that share a database and a fake Resend outside their own processes. */
const SETTINGS = {
  RESEND_API_KEY: 're_several_machines',
  RESEND_WEBHOOK_SECRET: 'whsec_c2V2ZXJhbCBtYWNoaW5lcyBhbmQgb25lIG91dGJveA==',
  PUBLIC_URL: 'https://verdicts.example.net',
  MAIL_FROM: 'Weekly Verdicts <verdicts@mail.example.net>',
  POSTAL_ADDRESS: 'Weekly Verdicts, 1 Example Street, 00000 Anytown',
  LINK_SECRET: 'a secret that several machines share among them',
};

/** A call that Resend accepted. */
export interface Call {
  worker: string;
  path: string;
  key: string | undefined;
}

export interface FakeResend {
  calls: Call[];
  callsOf: (worker: string) => Call[];
  urlOf: (worker: string) => string;
  /** Called when a call is accepted, before its response is sent. */
  onAccepted: (call: Call) => void | Promise<void>;
}

export interface Worker extends Running {
  name: string;
  proxy: TcpProxy;
}

/** Serves an outbox in this process; each worker has its own URL there, which tells its calls from those of the others. */
export async function serveFakeResend(db: Db): Promise<FakeResend> {
  const log = openLog('silent');
  const webhookSecret = SETTINGS.RESEND_WEBHOOK_SECRET;
  const outbox = openOutbox({ db, now: () => new Date(), log, webhookUrl: '', webhookSecret });
  const app = new Hono();
  const calls: Call[] = [];
  const fakeResend: FakeResend = {
    calls,
    callsOf: (worker) => calls.filter((call) => call.worker === worker),
    urlOf: (worker) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${worker}`,
    onAccepted: () => undefined,
  };
  app.post('/:worker/*', async (c, next) => {
    await next();
    if (c.res.ok) {
      const path = c.req.path.replace(/^\/[^/]+/, '');
      const call = { worker: c.req.param('worker'), path, key: c.req.header('idempotency-key') };
      calls.push(call);
      await fakeResend.onAccepted(call);
    }
  });
  app.route('/:worker', outbox.api);
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }) as Server;
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return fakeResend;
}

export function settingsOf(
  databaseUrl: string,
  fakeResend: FakeResend,
  worker: string,
): Record<string, string> {
  return { ...SETTINGS, DATABASE_URL: databaseUrl, RESEND_BASE_URL: fakeResend.urlOf(worker) };
}

/** Drafts this week's issue, with short mails, for this many readers. */
export async function draftIssueFor(
  db: Db,
  readers: number,
  settings: Record<string, string>,
): Promise<void> {
  await seedThisWeek(db, readers);
  await shortenMails(db);
  expect(await runVerdicts(['issue', 'draft'], settings)).toMatchObject({ code: 0 });
}

/** Starts a worker that reaches PostgreSQL through its own proxy; resolves once it runs. */
export async function startWorker(name: string, settings: Record<string, string>): Promise<Worker> {
  const database = new URL(settings.DATABASE_URL ?? '');
  const proxy = await openTcpProxy(Number(database.port));
  onTestFinished(() => proxy.close());
  database.port = String(proxy.port);
  const running = spawnVerdicts(['start', '--only', 'worker'], { ...settings, DATABASE_URL: database.href });
  await expect.poll(running.stdout, { timeout: 20_000 }).toContain('is running');
  return { ...running, name, proxy };
}

export async function findIssueStatus(db: Db): Promise<string | undefined> {
  return (await db.selectFrom('issues').select('status').executeTakeFirst())?.status;
}

export async function expectOneMailEach(db: Db, outboxDb: Db, readers: number): Promise<void> {
  const mails = await outboxDb.selectFrom('outbox.mails').select(['to_addresses', 'headers']).execute();
  expect(new Set(mails.map((mail) => mail.to_addresses[0])).size).toBe(readers);
  expect(mails).toHaveLength(readers);
  const subscribers = await db.selectFrom('subscribers').select(['id', 'email']).execute();
  const addressOf = new Map(subscribers.map(({ id, email }) => [id, email]));
  const keys = deriveLinkKeys([SETTINGS.LINK_SECRET]);
  const misaddressed = mails.filter(({ to_addresses, headers }) => {
    const token = headers['List-Unsubscribe']?.split('/unsubscribe/')[1]?.slice(0, -1) ?? '';
    return addressOf.get(verifySubscriberToken(keys, 'unsubscribe', token) ?? 0) !== to_addresses[0];
  });
  expect(misaddressed, 'mails with another reader’s links').toEqual([]);
  const deliveries = await db.selectFrom('deliveries').select('status').distinct().execute();
  expect(deliveries).toEqual([{ status: 'submitted' }]);
}
