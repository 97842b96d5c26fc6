import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { expect, onTestFinished } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { deriveLinkKeys, readSubscriber } from '../../src/links/tokens.ts';
import { openOutbox } from '../../src/local/outbox/open-outbox.ts';
import { openLog } from '../../src/log.ts';
import { type Running, runVerdicts, spawnVerdicts } from './run-verdicts.ts';
import { seedThisWeek } from './seed.ts';
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** Those of machines that share a database and a Resend outside of all of them. */
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
  machine: string;
  path: string;
  key: string | undefined;
}

export interface StandIn {
  calls: Call[];
  callsOf: (machine: string) => Call[];
  urlOf: (machine: string) => string;
  /** Called when a call is accepted; its answer goes out after. */
  onAccepted: (call: Call) => void | Promise<void>;
}

export interface Machine extends Running {
  name: string;
  proxy: TcpProxy;
}

/** An outbox in this process, which knows each machine by the address where it calls. */
export async function serveStandIn(db: Db): Promise<StandIn> {
  const log = openLog('silent');
  const webhookSecret = SETTINGS.RESEND_WEBHOOK_SECRET;
  const outbox = openOutbox({ db, now: () => new Date(), log, webhookUrl: '', webhookSecret });
  const app = new Hono();
  const calls: Call[] = [];
  const standIn: StandIn = {
    calls,
    callsOf: (machine) => calls.filter((call) => call.machine === machine),
    urlOf: (machine) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${machine}`,
    onAccepted: () => undefined,
  };
  app.post('/:machine/*', async (c, next) => {
    await next();
    if (c.res.ok) {
      const path = c.req.path.replace(/^\/[^/]+/, '');
      const call = { machine: c.req.param('machine'), path, key: c.req.header('idempotency-key') };
      calls.push(call);
      await standIn.onAccepted(call);
    }
  });
  app.route('/:machine', outbox.api);
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }) as Server;
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return standIn;
}

export function settingsOf(databaseUrl: string, standIn: StandIn, machine: string): Record<string, string> {
  return { ...SETTINGS, DATABASE_URL: databaseUrl, RESEND_BASE_URL: standIn.urlOf(machine) };
}

/** This week's issue as a draft, and its readers. */
export async function draftForReaders(
  db: Db,
  readers: number,
  settings: Record<string, string>,
): Promise<void> {
  await seedThisWeek(db, readers);
  expect(await runVerdicts(['issue', 'draft'], settings)).toMatchObject({ code: 0 });
}

/** A worker that reaches PostgreSQL by a way of its own, once it runs. */
export async function startMachine(name: string, settings: Record<string, string>): Promise<Machine> {
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
  const foreign = mails.filter(({ to_addresses, headers }) => {
    const token = headers['List-Unsubscribe']?.split('/unsubscribe/')[1]?.slice(0, -1) ?? '';
    return addressOf.get(readSubscriber(keys, 'unsubscribe', token) ?? 0) !== to_addresses[0];
  });
  expect(foreign, 'mails with the links of somebody else').toEqual([]);
  const deliveries = await db.selectFrom('deliveries').select('status').distinct().execute();
  expect(deliveries).toEqual([{ status: 'submitted' }]);
}
