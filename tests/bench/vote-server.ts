import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { readConfig } from '../../src/config/config.ts';
import { openContext } from '../../src/context.ts';
import { createApp } from '../../src/web/app.tsx';

/**
 * The service's web app in a process of its own, as `verdicts start --only web --share-port` runs it:
 * `node vote-server.ts DATABASE_URL [PORT]`.
 */
const config = readConfig({ LOG_LEVEL: 'error', TRUSTED_PROXIES: '1' });
const context = await openContext(config, process.argv[2] ?? '', 'http://127.0.0.1:9');
const server = createAdaptorServer({ fetch: createApp(context).fetch }) as Server;
server.listen({ host: '127.0.0.1', port: Number(process.argv[3] ?? 0), reusePort: true });
server.on('listening', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
process.on('disconnect', () => process.exit());
