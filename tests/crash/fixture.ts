import { once } from 'node:events';
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { readConfig } from '../../src/config/config.ts';
import { type Context, openContext } from '../../src/context.ts';
import { findFreePort } from '../support/free-port.ts';
import type { Fault } from '../../src/local/outbox/store/faults.ts';
import { openOutbox, type Outbox } from '../../src/local/outbox/open-outbox.ts';
import { openLog } from '../../src/log.ts';
import { createApp } from '../../src/web/app.tsx';
import { type Db, openDatabase, openPool } from '../../src/database/connect.ts';
import { recordIdentity } from '../../src/installation/identity.ts';
import type { CrashableServer } from './crashable-server-pool.ts';
import { copyDatabase, dropDatabase, NOW } from './template.ts';

/** What surrounds the sender and survives its crashes: database, Resend, and our own web app. */
export interface Fixture {
  env: Record<string, string>;
  context: Context;
  databaseUrl: string;
  /** The outbox's database: the same as the sender's, or another one when that may be killed. */
  outboxDb: Db;
  outboxUrl: string;
  outbox: Outbox;
  /** The clock of both the service and Resend. */
  clock: { now: Date };
  /** Makes the next call fail this way. */
  arm: (faults: readonly Fault[]) => void;
  /** Called when the outbox has received a request, and again when it is about to send the response. */
  onCall: (point: 'calling' | 'answering') => Promise<void>;
  /** Only for a fixture on a crashable server. */
  killPostgres: () => Promise<void>;
  close: () => Promise<void>;
}

export interface FixtureOptions {
  server: string;
  template: string;
  /** A dedicated server that may be killed. */
  crashableServer: CrashableServer | undefined;
  callsPerSecond: number;
  /** Where events go; our own web app when undefined. */
  webhookPort: number | undefined;
}

export async function openFixture({
  server,
  template,
  crashableServer,
  callsPerSecond,
  webhookPort,
}: FixtureOptions): Promise<Fixture> {
  const target = crashableServer ?? { server, template };
  const databaseUrl = await copyDatabase(target.server, target.template);
  const port = await findFreePort();
  // The automatic stop has its own tests.
  const env = {
    PORT: String(port),
    LOG_LEVEL: 'silent',
    STOP_COMPLAINT_PERCENT: '100',
    STOP_BOUNCE_PERCENT: '100',
  };
  const config = readConfig(env);
  const clock = { now: NOW };
  const log = openLog('silent');
  const outboxUrl = `http://127.0.0.1:${port}/outbox/api`;
  const context = await openContext(config, databaseUrl, outboxUrl, { log, now: () => clock.now });
  // The service would detect that this database is a copy of the template.
  await recordIdentity(context.db, NOW);
  await context.db.updateTable('send_rate').set({ calls_per_second: callsPerSecond }).execute();
  const outboxDatabaseUrl = crashableServer && (await copyDatabase(server, template));
  const outboxDb = outboxDatabaseUrl ? openDatabase(openPool(outboxDatabaseUrl)) : context.db;
  const outbox = openOutbox({
    db: outboxDb,
    now: () => clock.now,
    log,
    webhookUrl: `http://127.0.0.1:${webhookPort ?? port}/webhooks/resend`,
    webhookSecret: config.webhookSecret,
    callsPerSecond,
  });
  const app = createApp(context);
  const fixture: Fixture = {
    env,
    context,
    databaseUrl,
    outboxDb,
    outboxUrl,
    outbox,
    clock,
    arm: (faults) => faults.forEach((fault) => outbox.faults.add({ ...fault })),
    onCall: () => Promise.resolve(),
    killPostgres: () =>
      crashableServer?.crash() ?? Promise.reject(new Error('this server must not be killed')),
    close: async () => {
      webServer.closeAllConnections();
      webServer.close();
      await context.close();
      await dropDatabase(databaseUrl);
      if (outboxDatabaseUrl) {
        await outboxDb.destroy();
        await dropDatabase(outboxDatabaseUrl);
      }
    },
  };
  app.use('/outbox/api/emails/batch', async (c, next) => {
    // Read in full first: a truncated request does not count as received.
    await c.req.text();
    await fixture.onCall('calling');
    await next();
    await fixture.onCall('answering');
  });
  app.route('/outbox/api', outbox.api);
  const webServer = serve({ fetch: app.fetch, hostname: '127.0.0.1', port }) as Server;
  await once(webServer, 'listening');
  return fixture;
}
