import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { onTestFinished } from 'vitest';
import { drain } from '../../jobs/run/work.ts';
import { readConfig } from '../../src/config/config.ts';
import { type Context, openContext } from '../../src/context.ts';
import { type Db, openDatabase, openPool } from '../../src/database/connect.ts';
import { findFreePort } from './free-port.ts';
import { openOutbox, type Outbox } from '../../src/local/outbox/open-outbox.ts';
import { openLog } from '../../src/log.ts';
import { loopbackOnly } from '../../src/network/loopback-only.ts';
import { signPage } from '../../src/links/tokens.ts';
import { CONSENT_WORDING } from '../../src/web/layout/sign-up-form.tsx';
import { createApp } from '../../src/web/app.tsx';
import { contextOfRole, runsAsRoles } from './roles.ts';
import { overSocket } from './shared.ts';
import { createTestDatabase, type TestDatabaseOptions } from './test-database.ts';

export interface TestApp {
  /** Tests may replace its parts. */
  context: { -readonly [Part in keyof Context]: Context[Part] };
  outbox: Outbox;
  server: Server;
  url: string;
  databaseUrl: string;
  /** The time changes only when the test sets it. */
  clock: { now: Date };
  /** Sends a request as a browser on this machine does. */
  request: (path: string, init?: RequestInit) => Promise<Response>;
  post: (path: string, fields?: Record<string, string>) => Promise<Response>;
  /** Fills in the sign-up form, as a person does. */
  subscribe: (email: string, fields?: Record<string, string>) => Promise<Response>;
  /** Runs every job that is due. */
  drain: () => Promise<void>;
  /** Ends every connection; called when the test ends, if not before. */
  close: () => Promise<void>;
}

/**
 * The real app with its own database and its own outbox over HTTP; closed when the test ends. `$PORT` in `env` is its
 * port.
 */
export async function createTestApp(
  env: Record<string, string> = {},
  now = '2026-11-24T14:00:00Z',
  options: TestDatabaseOptions = {},
): Promise<TestApp> {
  const { url, db } = await createTestDatabase(options);
  // Most tests enqueue nothing, so the queue is opened by those that do.
  const app = await openTestApp(await overSocket(url), env, now, db, { opensQueueOnUse: true });
  return { ...app, databaseUrl: url };
}

/** The same on an existing database, which the outbox reaches through `outboxDb`; like a service, it opens the queue at once. */
export async function openTestApp(
  databaseUrl: string,
  env: Record<string, string> = {},
  now = '2026-11-24T14:00:00Z',
  outboxDb = openOutboxDatabase(databaseUrl),
  { opensQueueOnUse = false } = {},
): Promise<TestApp> {
  const port = await findFreePort();
  const config = readConfig({
    PORT: String(port),
    LOG_LEVEL: 'silent',
    ...mapValues(env, (value) => value.replace('$PORT', String(port))),
  });
  const clock = { now: new Date(now) };
  const log = openLog(process.env.TEST_LOG ?? 'silent');
  await outboxDb
    .updateTable('installation')
    .set({ created_at: new Date('2026-01-01T00:00:00Z') })
    .execute();
  const outbox = openOutbox({
    db: outboxDb,
    now: () => new Date(),
    log,
    webhookUrl: `http://127.0.0.1:${port}/webhooks/resend`,
    webhookSecret: config.webhookSecret,
    callsPerSecond: 100,
  });
  const context = await openContext(config, databaseUrl, `http://127.0.0.1:${port}/outbox/api`, {
    log,
    // No test makes real MX lookups; those that need one provide their own resolver.
    resolveMx: () => Promise.resolve([]),
    now: () => clock.now,
    opensQueueOnUse,
  });
  const [webContext, workerContext] = runsAsRoles()
    ? await Promise.all([
        contextOfRole(context, databaseUrl, 'web'),
        contextOfRole(context, databaseUrl, 'worker'),
      ])
    : [context, context];
  const app = createApp(webContext);
  app.use('/outbox/*', loopbackOnly);
  app.route('/outbox/api', outbox.api);
  app.route('/outbox', outbox.pages);
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port }) as Server;
  await once(server, 'listening');
  let closed: Promise<unknown> | undefined;
  const close = async () => {
    server.closeAllConnections();
    server.close();
    closed ??= Promise.all([context.close(), outboxDb.destroy()]);
    await closed;
  };
  onTestFinished(close);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const request = (path: string, init: RequestInit = {}) =>
    fetch(url + path, { redirect: 'manual', ...init });
  const post: TestApp['post'] = (path, fields = {}) =>
    request(path, { method: 'POST', body: new URLSearchParams(fields), headers: { Origin: url } });
  return {
    context,
    outbox,
    server,
    url,
    databaseUrl,
    clock,
    request,
    post,
    subscribe: (email, fields = {}) => {
      const minuteAgo = new Date(clock.now.getTime() - 60_000);
      const started = signPage(context.linkKeys, { issue_id: 0, subscriber_id: 0 }, minuteAgo);
      return post('/subscribe', { email, wording: CONSENT_WORDING, started, ...fields });
    },
    drain: () => drain(workerContext),
    close,
  };
}

function mapValues(env: Record<string, string>, change: (value: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, change(value)]));
}

/** Closed when the test ends. */
export function openOutboxDatabase(url: string): Db {
  const db = openDatabase(openPool(url, 6));
  onTestFinished(() => db.destroy());
  return db;
}
