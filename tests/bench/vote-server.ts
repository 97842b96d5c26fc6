import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { readConfig } from '../../src/config.ts';
import { openContext } from '../../src/context.ts';
import { createApp } from '../../src/web/app.tsx';

/** The service's own web app in a process of its own, as `verdicts start --only web` runs it. */
const config = readConfig({ LOG_LEVEL: 'error', TRUSTED_PROXIES: '1' });
const context = await openContext(config, process.argv[2] ?? '', 'http://127.0.0.1:9');
const server = serve({ fetch: createApp(context).fetch, hostname: '127.0.0.1', port: 0 }) as Server;
server.on('listening', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
process.on('disconnect', () => process.exit());
