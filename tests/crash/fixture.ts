import { once } from 'node:events';
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { readConfig } from '../../src/config/config.ts';
import { type Context, openContext } from '../../src/context.ts';
import { findFreePort } from '../../src/local/postgres/find-free-port.ts';
import type { Fault } from '../../src/local/outbox/store/faults.ts';
import { openOutbox, type Outbox } from '../../src/local/outbox/open-outbox.ts';
import { openLog } from '../../src/log.ts';
import { createApp } from '../../src/web/app.tsx';
import { type Db, openDatabase, openPool } from '../../src/database/connect.ts';
import { recordIdentity } from '../../src/database/identity.ts';
import type { MortalServer } from './crashable-server-pool.ts';
import { copyDatabase, dropDatabase, NOW } from './template.ts';

/** The world around the sender that survives its crashes: database, Resend, and our own web app. */
export interface Stage {
  env: Record<string, string>;
  context: Context;
  databaseUrl: string;
  /** Where Resend remembers: the database itself, or another one when that may be killed. */
  outboxDb: Db;
  outboxUrl: string;
  outbox: Outbox;
  /** Readers' and Resend's clock; turned together. */
  clock: { now: Date };
  /** The next call meets it. */
  arm: (faults: readonly Fault[]) => void;
  /** Called while the outbox holds a call: when it has the request, and again when its answer is about to leave. */
  onCall: (point: 'calling' | 'answering') => Promise<void>;
  /** Only where the stage has a mortal server. */
  killPostgres: () => Promise<void>;
  close: () => Promise<void>;
}

export interface StageOptions {
  server: string;
  template: string;
  /** Has a server of its own that may be killed. */
  mortal: MortalServer | undefined;
  callsPerSecond: number;
  /** Where events go; our own web app when undefined. */
  webhookPort: number | undefined;
}

export async function openStage({
  server,
  template,
  mortal,
  callsPerSecond,
  webhookPort,
}: StageOptions): Promise<Stage> {
  const home = mortal ?? { server, template };
  const databaseUrl = await copyDatabase(home.server, home.template);
  const port = await findFreePort();
  // The automatic stop has tests of its own.
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
  // A copy of the template knows that it is one.
  await recordIdentity(context.db, NOW);
  await context.db.updateTable('send_rate').set({ calls_per_second: callsPerSecond }).execute();
  const outboxDatabaseUrl = mortal && (await copyDatabase(server, template));
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
  const stage: Stage = {
    env,
    context,
    databaseUrl,
    outboxDb,
    outboxUrl,
    outbox,
    clock,
    arm: (faults) => faults.forEach((fault) => outbox.faults.add({ ...fault })),
    onCall: () => Promise.resolve(),
    killPostgres: () => mortal?.crash() ?? Promise.reject(new Error('this server must live')),
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
    // Read whole first: a request that is cut off half-way is none.
    await c.req.text();
    await stage.onCall('calling');
    await next();
    await stage.onCall('answering');
  });
  app.route('/outbox/api', outbox.api);
  const webServer = serve({ fetch: app.fetch, hostname: '127.0.0.1', port }) as Server;
  await once(webServer, 'listening');
  return stage;
}
