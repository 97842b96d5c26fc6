import type { Socket } from 'node:net';
import pg from 'pg';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

const CHECK_EVERY_MS = 15_000;
const SILENT_MS = 45_000;
/** For asking the server whether it still has them. */
const PROBE_TIMEOUT_MS = 5_000;

interface Tracked {
  readonly isInUse: boolean;
  readonly bytesRead: number;
  readonly silent_since: number;
}

/** The connections of every pool of this process. */
const tracked = new Map<pg.PoolClient, Tracked>();

/** Keeps track of the pool's connections, for `watchConnections`. */
export function trackConnections(pool: pg.Pool): void {
  pool.on('connect', (client) => {
    tracked.set(client, { isInUse: true, bytesRead: 0, silent_since: performance.now() });
  });
  pool.on('acquire', (client) => setInUse(client, true));
  pool.on('release', (_, client) => setInUse(client, false));
  pool.on('remove', (client) => tracked.delete(client));
}

/**
 * A server lost to a power failure or failover closes no connection, so a query would wait for the system's timeouts: a
 * quarter of an hour to two hours. Over a new connection, the server is asked whether it still has those on which
 * nothing came for 45 s; those it does not have are closed, and their queries fail as in any outage. A long statement
 * is safe, as the server has its connection. Behind a pooler nothing is closed. Returns a function that stops the
 * watch.
 */
export function watchConnections(
  databaseUrl: string,
  log: Log,
  everyMs = CHECK_EVERY_MS,
  silentMs = SILENT_MS,
): () => void {
  let isProbing = false;
  const timer = setInterval(() => {
    noteTraffic();
    const silent = listSilent(silentMs);
    if (isProbing || !silent.some(([, { isInUse }]) => isInUse)) {
      return;
    }
    isProbing = true;
    const clients = silent.map(([client]) => client);
    closeUnknown(databaseUrl, clients)
      .then(
        (closed) =>
          closed > 0 &&
          log.warn({ connections: closed }, 'closed connections that the database server no longer had'),
      )
      // The server cannot be reached at all: queries keep waiting.
      .catch((error: unknown) =>
        log.debug({ reason: messageOf(error) }, 'could not ask the database server about silent connections'),
      )
      .finally(() => {
        isProbing = false;
      });
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

function noteTraffic(): void {
  const now = performance.now();
  for (const [client, state] of tracked) {
    const { bytesRead } = streamOf(client);
    if (bytesRead !== state.bytesRead) {
      tracked.set(client, { ...state, bytesRead, silent_since: now });
    }
  }
}

function listSilent(ms: number): [pg.PoolClient, Tracked][] {
  const now = performance.now();
  return [...tracked].filter(([, { silent_since }]) => now - silent_since >= ms);
}

/** Returns how many it closed. */
async function closeUnknown(databaseUrl: string, clients: readonly pg.PoolClient[]): Promise<number> {
  const probe = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: PROBE_TIMEOUT_MS,
    query_timeout: PROBE_TIMEOUT_MS,
  });
  probe.on('error', () => undefined);
  try {
    await probe.connect();
    const { rows } = await probe.query<{ own: number; known: number[] }>(
      'select pg_backend_pid() as own, array(select pid from pg_stat_activity where pid = any($1)) as known',
      [clients.map(pidOf)],
    );
    const [{ own, known } = { own: 0, known: [] }] = rows;
    const isPooled = own !== pidOf(probe);
    const isKnown = (client: pg.PoolClient) => known.includes(pidOf(client)) && !isReplaced(client);
    const unknown = isPooled ? [] : clients.filter((client) => !isKnown(client));
    for (const client of unknown) {
      streamOf(client).destroy(new Error('Connection terminated: the server no longer has it'));
    }
    return unknown.length;
  } finally {
    await probe.end().catch(() => undefined);
  }
}

/** Process ids are unique on one server only: after a failover, a newer connection of ours may have the same. */
function isReplaced(client: pg.PoolClient): boolean {
  const newer = [...tracked.keys()].slice([...tracked.keys()].indexOf(client) + 1);
  return newer.some((other) => pidOf(other) === pidOf(client));
}

function setInUse(client: pg.PoolClient, isInUse: boolean): void {
  const state = tracked.get(client);
  if (state) {
    tracked.set(client, { ...state, isInUse, silent_since: performance.now() });
  }
}

/** The process id that the server sent when the connection was opened. */
function pidOf(client: pg.ClientBase): number {
  return (client as unknown as { processID: number }).processID;
}

function streamOf(client: pg.PoolClient): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}
