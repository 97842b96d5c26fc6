import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Config } from '../../config/config.ts';
import { AppError } from '../../errors.ts';
import type { Prometheus, Reading } from '../../metrics/prometheus.ts';

/**
 * Processes cannot share a metrics port, even if they share PORT: each further process on a machine takes the next free
 * one.
 */
const MAX_PROCESSES = 64;

/** Loads the Prometheus client; only processes with a METRICS_PORT need it. */
export async function loadPrometheus(read: () => Promise<Reading[]>): Promise<Prometheus> {
  const { openPrometheus } = await import('../../metrics/prometheus.ts');
  return openPrometheus(read);
}

/** Serves /metrics, and nothing else, on a port of its own, to which no reverse proxy forwards requests. */
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
    if (await tryToListen(server, host, port)) {
      return server;
    }
  }
  throw new AppError(
    'unavailable',
    `Cannot serve metrics on ${host}:${metricsPort} or one of the next ${MAX_PROCESSES - 1} ports; set METRICS_PORT to a free one.`,
  );
}

/** False if the port is in use. */
async function tryToListen(server: Server, host: string, port: number): Promise<boolean> {
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
