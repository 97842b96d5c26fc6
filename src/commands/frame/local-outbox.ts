import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { Config } from '../../config/config.ts';
import { openDatabase, openPool } from '../../database/connect.ts';
import { openOutbox, type Outbox } from '../../local/outbox/open-outbox.ts';
import { openLog } from '../../log.ts';

/** An outbox with connections of its own: as the outside world, it shares nothing with us but the server. */
export interface LocalOutbox extends Outbox {
  /** Where it listens on its own; undefined while it is only part of the web server. */
  url?: string;
  close: () => Promise<void>;
}

export function openLocalOutbox(config: Config, databaseUrl: string, now = () => new Date()): LocalOutbox {
  const pool = openPool(databaseUrl, 6);
  const outbox = openOutbox({
    db: openDatabase(pool),
    now,
    log: openLog(config.logLevel),
    webhookUrl: `${config.publicUrl}/webhooks/resend`,
    webhookSecret: config.webhookSecret,
  });
  return { ...outbox, close: () => pool.end() };
}

/** Its state lies in PostgreSQL, so that any process may stand in for Resend on a loopback port of its own. */
export async function listenAsOutbox(outbox: LocalOutbox): Promise<void> {
  const server = serve({ fetch: outbox.api.fetch, hostname: '127.0.0.1', port: 0 }) as Server;
  await once(server, 'listening');
  server.unref();
  const closePool = outbox.close;
  outbox.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  outbox.close = async () => {
    server.close();
    server.closeAllConnections();
    await closePool();
  };
}
