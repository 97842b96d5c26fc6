import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Config } from '../../config/config.ts';
import { AppError } from '../../errors.ts';
import type { Prometheus, Reading } from '../../metrics/prometheus.ts';

/** Web processes that share a port cannot share this one: each further process of a machine takes the next that is free. */
const MAX_PROCESSES = 64;

/** Loaded only by processes that have somebody to tell. */
export async function loadPrometheus(read: () => Promise<Reading[]>): Promise<Prometheus> {
  const { openPrometheus } = await import('../../metrics/prometheus.ts');
  return openPrometheus(read);
}

/** Serves /metrics on a port of its own, which no reverse proxy leads to; nothing else is served there. */
export async function serveMetrics(
  { host, metricsPort = 0 }: Config,
  prometheus: Prometheus,
): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') {
      response.writeHead(404).end();
      return;
    }
    prometheus.expose().then(
      (text) => response.writeHead(200, { 'Content-Type': prometheus.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.requestTimeout = 10_000;
  for (let port = metricsPort; port < metricsPort + MAX_PROCESSES; port++) {
    if (await listens(server, host, port)) {
      return server;
    }
  }
  throw new AppError(
    'unavailable',
    `Cannot serve metrics on ${host}:${metricsPort}; set METRICS_PORT to a free one.`,
  );
}

async function listens(server: Server, host: string, port: number): Promise<boolean> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
      throw error;
    }
    return false;
  }
}
