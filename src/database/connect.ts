import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { AppError, messageOf } from '../errors.ts';
import { Dialect } from './_dialect.ts';
import type { Database } from './schema.ts';
import { trackConnections } from './silent-connections.ts';
import { INDEX_SETTINGS, poolModeOf, sessionStatements } from './session-settings.ts';

export type Db = Kysely<Database>;
export type Tx = Transaction<Database>;

const OLDEST_POSTGRES = 150_000;
/** Callers get an error when no connection becomes free within this time. */
const CONNECT_TIMEOUT_MS = 30_000;
/** Longer than the quarter of a minute between a process's reports, which would otherwise connect again each time. */
const IDLE_TIMEOUT_MS = 30_000;

/**
 * Opens a pool that reads bigint as number (our ids stay below 2^53) and date as `YYYY-MM-DD`. Every connection has the
 * settings of `sessionStatements` and `extraSettings`. Connecting is retried while the server has no free connection.
 */
export function openPool(
  databaseUrl: string,
  maxConnections = 12,
  extraSettings?: Readonly<Record<string, string>>,
): pg.Pool {
  const typeParsers: Partial<Record<number, (text: string) => unknown>> = {
    [pg.types.builtins.INT8]: Number,
    [pg.types.builtins.DATE]: (text) => text,
  };
  const getTypeParser = ((id: number, format?: 'text' | 'binary') =>
    typeParsers[id] ?? pg.types.getTypeParser(id, format)) as typeof pg.types.getTypeParser;
  const isTransactionPooled = poolModeOf(databaseUrl) === 'transaction';
  const sessionSetup = sessionStatements(extraSettings);
  const pool = new RetryingPool({
    Client: isTransactionPooled ? pg.Client : PreparingClient,
    connectionString: databaseUrl,
    max: maxConnections,
    // No other startup parameters: poolers reject those they do not know.
    application_name: 'weekly-verdicts',
    keepAlive: true,
    // The default is two hours; by then, proxies in between have long dropped the connection.
    keepAliveInitialDelayMillis: 30_000,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    types: { getTypeParser },
    ...(!isTransactionPooled && { verify: (client, done) => client.query(sessionSetup, done) }),
  });
  // When a connection is lost while idle or between two queries of a transaction, its next query rejects. Without a
  // listener the error event would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  trackConnections(pool);
  return pool;
}

/**
 * A pool for `preparedStatement` statements. Their cached plan may be made while the tables are empty but must also suit a
 * million rows, so sequential scans are disabled.
 */
export function openIndexScanPool(databaseUrl: string, maxConnections: number): pg.Pool {
  return openPool(databaseUrl, maxConnections, INDEX_SETTINGS);
}

/**
 * A transaction for statements about one issue's rows in tables that hold those of every issue: the planner
 * otherwise chooses a sequential scan even when it expects only a slight gain.
 */
export function planWithIndexes<Result>(db: Db, run: (tx: Tx) => Promise<Result>): Promise<Result> {
  return db.transaction().execute(async (tx) => {
    await sql`set local enable_seqscan = off`.execute(tx);
    return run(tx);
  });
}

type ConnectCallback = Parameters<pg.Pool['connect']>[0];

/** Retries connecting while the server, or a pooler in front of it, is at its connection limit. */
class RetryingPool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>;
  override connect(done: ConnectCallback): void;
  override connect(done?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    const connected = connectWithRetry(() => super.connect());
    if (!done) {
      return connected;
    }
    connected.then(
      (client) => done(undefined, client, client.release.bind(client)),
      (error: Error) => done(error, undefined, () => undefined),
    );
    return undefined;
  }
}

async function connectWithRetry(connect: () => Promise<pg.PoolClient>): Promise<pg.PoolClient> {
  const deadline = performance.now() + CONNECT_TIMEOUT_MS;
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      if (!isConnectionLimit(error) || performance.now() > deadline) {
        throw error;
      }
      await sleep(50 + Math.random() * 200);
    }
  }
}

/** 53300, too_many_connections; PgBouncer sends a message instead, with the code of a protocol violation. */
function isConnectionLimit(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string };
  return code === '53300' || /no more connections allowed/.test(message);
}

const PREPARED_STATEMENT = /^\s*\/\* prepared statement: ([a-z\d-]+) \*\//;

/** Prefix for a frequent statement with constant text: each connection prepares it once. */
export function preparedStatement(name: string): RawBuilder<unknown> {
  return sql.raw(`/* prepared statement: ${name} */`);
}

/** Like `preparedStatement`, for a statement that a library makes; its text must be the same each time. */
export function prepareByText(text: string): string {
  return `/* prepared statement: ${createHash('sha256').update(text).digest('hex').slice(0, 40)} */${text}`;
}

/** Kysely does not name statements; those that begin with `preparedStatement` are named here, so pg prepares them. */
class PreparingClient extends pg.Client {
  override query(...args: unknown[]): never {
    const [text, values, ...rest] = args;
    const name = typeof text === 'string' ? PREPARED_STATEMENT.exec(text)?.[1] : undefined;
    const query = super.query as (...args: unknown[]) => never;
    return name ? query.call(this, { name, text, values }, ...rest) : query.apply(this, args);
  }
}

export function openDatabase(pool: pg.Pool): Db {
  return new Kysely<Database>({ dialect: new Dialect({ pool }) });
}

/** Throws AppError for a database that is unreachable, too old or not encoded as UTF8. */
export async function checkDatabase(databaseUrl: string): Promise<void> {
  const { hostname, port, pathname } = new URL(databaseUrl);
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ number: number; encoding: string }>(
      `select current_setting('server_version_num')::int as number, current_setting('server_encoding') as encoding`,
    );
    const { number = 0, encoding = '' } = rows[0] ?? {};
    if (number < OLDEST_POSTGRES) {
      throw new AppError(
        'refused',
        'PostgreSQL 15 or newer is required; DATABASE_URL points to an older one.',
      );
    }
    if (encoding !== 'UTF8') {
      throw new AppError(
        'refused',
        `The database is encoded as ${encoding}, which cannot hold every name: create it with encoding 'UTF8'.`,
      );
    }
  } catch (error) {
    if (error instanceof AppError) {
      throw error;
    }
    const location = `${hostname}:${port || 5432}${pathname}`;
    throw new AppError('unavailable', `The database ${location} cannot be used: ${messageOf(error)}.`, [
      'Check DATABASE_URL, and that PostgreSQL is running there.',
    ]);
  } finally {
    await client.end().catch(() => undefined);
  }
}
