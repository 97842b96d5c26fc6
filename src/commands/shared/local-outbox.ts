import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { Config } from '../../config/config.ts';
import { openDatabase, openPool } from '../../database/connect.ts';
import { openOutbox, type Outbox } from '../../local/outbox/open-outbox.ts';
import type { Log } from '../../log.ts';

/** An outbox with its own connection pool: it stands in for Resend, so it shares only the PostgreSQL server with us. */
export interface LocalOutbox extends Outbox {
  /** Its address when it listens on its own port; undefined while it is served by the web server only. */
  url?: string;
  close: () => Promise<void>;
}

export function openLocalOutbox(
  config: Config,
  databaseUrl: string,
  log: Log,
  now = () => new Date(),
): LocalOutbox {
  const pool = openPool(databaseUrl, 6);
  const outbox = openOutbox({
    db: openDatabase(pool),
    now,
    log,
    webhookUrl: `${config.publicUrl}/webhooks/resend`,
    webhookSecret: config.webhookSecret,
  });
  return { ...outbox, close: () => pool.end() };
}

/** Serves the outbox on its own loopback port. Its state is in PostgreSQL, so any process can do this. */
export async function serveOutbox(outbox: LocalOutbox): Promise<LocalOutbox & { url: string }> {
  const server = serve({ fetch: outbox.api.fetch, hostname: '127.0.0.1', port: 0 }) as Server;
  await once(server, 'listening');
  server.unref();
  return {
    ...outbox,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await outbox.close();
    },
  };
}
