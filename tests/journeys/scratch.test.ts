import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { expect, onTestFinished, test } from 'vitest';
import type { Db } from '../../src/database.ts';
import { openOutbox } from '../../src/local/outbox/open-outbox.ts';
import { openLog } from '../../src/log.ts';
import { runVerdicts, spawnVerdicts } from '../support/run-verdicts.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { openTcpProxy } from './tcp-proxy.ts';

const READERS = 3_000;
const BATCHES = READERS / 100;
const SETTINGS = {
  RESEND_API_KEY: 're_several_machines',
  RESEND_WEBHOOK_SECRET: 'whsec_c2V2ZXJhbCBtYWNoaW5lcyBhbmQgb25lIG91dGJveA==',
  PUBLIC_URL: 'https://verdicts.example.net',
  MAIL_FROM: 'Weekly Verdicts <verdicts@mail.example.net>',
  POSTAL_ADDRESS: 'Weekly Verdicts, 1 Example Street, 00000 Anytown',
  LINK_SECRET: 'a secret that several machines share among them',
};
const NAMES = ['one', 'two', 'three'] as const;
type Name = (typeof NAMES)[number];

interface Call {
  machine: Name;
  key: string;
}


test.each(['between', 'claim', 'claim2', 'queue'])('cut off: %s', { timeout: 200_000 }, async (where) => {
  const { db, machines, calls, send, status } = await startMachines();
  const [one, two, three] = machines as any;
  const t0 = Date.now();
  const log = (...a: any[]) => console.log(where, ((Date.now() - t0) / 1000).toFixed(1), ...a);
  await send();
  await expect.poll(() => calls.filter((c) => c.machine === 'one').length, { timeout: 10_000, interval: 5 }).toBeGreaterThan(2);
  if (where === 'between') {
    await expect.poll(() => { if (one.proxy.isInTransaction()) return false; one.proxy.cut(); return true; }, { interval: 1 }).toBe(true);
  } else {
    one.proxy.cutAfter(where === 'claim' ? /for update of "batches"/ : where === 'claim2' ? /with claimed as/ : /./);
    await expect.poll(() => one.proxy.isCut(), { interval: 1, timeout: 5000 }).toBe(true);
  }
  log('cut', await status());
  const activity = async () => (await db.executeQuery({ sql: `select application_name as app, state, wait_event_type as wt, wait_event as we, count(*), max(extract(epoch from now()-state_change))::int as age, left(max(query),60) as q from pg_stat_activity where datname = current_database() and backend_type='client backend' and pid <> pg_backend_pid() and (state <> 'idle') group by 1,2,3,4`, parameters: [], query: {kind: 'RawNode'} as any, queryId: {} as any} as any)).rows;
  const until = Date.now() + 45_000;
  let last = 0;
  while (Date.now() < until && (await status()) !== 'sent') {
    await new Promise((r) => setTimeout(r, 500));
    if (Date.now() - last > 5000) { last = Date.now(); const b = await db.selectFrom('batches').select(['status', ({fn}) => fn.countAll<number>().as('n')]).groupBy('status').execute(); log(JSON.stringify(b), JSON.stringify(await activity())); }
  }
  log('before mend', await status(), NAMES.map((name) => calls.filter(({ machine }) => machine === name).length));
  one.proxy.mend();
  await expect.poll(status, { timeout: 60_000, interval: 50 }).toBe('sent');
  log('sent');
  await new Promise((r) => setTimeout(r, 3000));
  for (const m of machines) { m.process.kill('SIGTERM'); log(m.name, await m.ended, m.stderr().slice(0, 1500)); }
  await expectOneMailEach(db);
});

/** Each reaches PostgreSQL by a way of its own, and the one Resend by a name of its own. */
async function startMachines() {
  const { db, url } = await createTestDatabase();
  const calls: Call[] = [];
  const outboxUrl = await serveOutbox(db, calls);
  const env = { ...SETTINGS, DATABASE_URL: url, RESEND_BASE_URL: `${outboxUrl}/staff` };
  await seedContent(db, new Date(Date.now() - 86_400_000).toISOString());
  await db
    .updateTable('tools')
    .set({ price_checked_on: new Date().toISOString().slice(0, 10) })
    .execute();
  await seedReaders(db, READERS);
  expect(await runVerdicts(['issue', 'draft'], env)).toMatchObject({ code: 0 });
  const machines = await Promise.all(
    NAMES.map(async (name) => {
      const database = new URL(url);
      const proxy = await openTcpProxy(Number(database.port));
      database.port = String(proxy.port);
      const own = { DATABASE_URL: database.href, RESEND_BASE_URL: `${outboxUrl}/${name}` };
      const running = spawnVerdicts(['start', '--only', 'worker'], { ...env, ...own });
      await expect.poll(running.stdout, { timeout: 20_000 }).toContain('is running');
      return { name, proxy, ...running };
    }),
  );
  return {
    db,
    machines,
    calls,
    send: async () => expect(await runVerdicts(['issue', 'send', 'latest'], env)).toMatchObject({ code: 0 }),
    status: async () => (await db.selectFrom('issues').select('status').executeTakeFirst())?.status,
  };
}

async function serveOutbox(db: Db, calls: Call[]): Promise<string> {
  const { webhookSecret, webhookUrl } = { webhookSecret: SETTINGS.RESEND_WEBHOOK_SECRET, webhookUrl: '' };
  const { api } = openOutbox({ db, now: () => new Date(), log: openLog('silent'), webhookUrl, webhookSecret });
  const app = new Hono();
  for (const machine of [...NAMES, 'staff'] as Name[]) {
    app.post(`/${machine}/emails/batch`, async (c, next) => {
      calls.push({ machine, key: c.req.header('idempotency-key') ?? '' });
      await next();
    });
    app.route(`/${machine}`, api);
  }
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }) as Server;
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function expectOneMailEach(db: Db): Promise<void> {
  const mails = await db.selectFrom('outbox.mails').select('to_addresses').execute();
  expect(new Set(mails.map((mail) => mail.to_addresses[0])).size).toBe(READERS);
  expect(mails).toHaveLength(READERS);
  const deliveries = await db.selectFrom('deliveries').select('status').distinct().execute();
  expect(deliveries).toEqual([{ status: 'submitted' }]);
}
