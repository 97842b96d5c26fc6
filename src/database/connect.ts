import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresAdapter, PostgresDialect, type RawBuilder, sql, type Transaction } from 'kysely';
import pg from 'pg';
import Cursor from 'pg-cursor';
import { AppError, messageOf } from '../errors.ts';
import type { Database } from './schema.ts';
import { INDEX_SETTINGS, poolModeOf, sessionStatements } from './session-settings.ts';

export type Db = Kysely<Database>;
export type Tx = Transaction<Database>;

const OLDEST_POSTGRES = 150_000;
/** Whoever finds every connection taken for so long is told. */
const CONNECT_WITHIN_MS = 30_000;

/**
 * A pool that reads bigint as number (our ids stay below 2^53) and date as `YYYY-MM-DD`. Every connection has the settings
 * of `sessionStatements` and `more`; a connection that the server has no room for waits its turn.
 */
export function openPool(
  databaseUrl: string,
  maxConnections = 12,
  more?: Readonly<Record<string, string>>,
): pg.Pool {
  const readers: Partial<Record<number, (text: string) => unknown>> = {
    [pg.types.builtins.INT8]: Number,
    [pg.types.builtins.DATE]: (text) => text,
  };
  const getTypeParser = ((id: number, format?: 'text' | 'binary') =>
    readers[id] ?? pg.types.getTypeParser(id, format)) as typeof pg.types.getTypeParser;
  const isShared = poolModeOf(databaseUrl) === 'transaction';
  const setUp = sessionStatements(more);
  const pool = new RetryingPool({
    Client: isShared ? pg.Client : PlanningClient,
    connectionString: databaseUrl,
    max: maxConnections,
    // No further start-up parameter: a pooler refuses those that it does not know.
    application_name: 'weekly-verdicts',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    types: { getTypeParser },
    ...(!isShared && { verify: (client, done) => client.query(setUp, done) }),
  });
  // A connection lost while it is idle or between two queries of a transaction: the next query on it says so to whoever
  // asked. Without a listener the event would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/**
 * For statements of `planOnce`: planned once indeed, perhaps while their tables are empty. The plan must do for a
 * million rows as well, so no table is read from end to end.
 */
export function openIndexPool(databaseUrl: string, maxConnections: number): pg.Pool {
  return openPool(databaseUrl, maxConnections, INDEX_SETTINGS);
}

type Connected = Parameters<pg.Pool['connect']>[0];

/** Asks again while the server, or a pooler before it, has no room for one more connection. */
class RetryingPool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>;
  override connect(done: Connected): void;
  override connect(done?: Connected): Promise<pg.PoolClient> | undefined {
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
  const deadline = performance.now() + CONNECT_WITHIN_MS;
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      if (!isFull(error) || performance.now() > deadline) {
        throw error;
      }
      await sleep(50 + Math.random() * 200);
    }
  }
}

/** 53300, too_many_connections; PgBouncer says the same in words, with the code of a protocol violation. */
function isFull(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string };
  return code === '53300' || /no more connections allowed/.test(message);
}

const PLAN_ONCE = /^\s*\/\* plan once: ([a-z-]+) \*\//;

/** Opens a statement whose text is always the same and which is asked very often: each connection plans it once. */
export function planOnce(name: string): RawBuilder<unknown> {
  return sql.raw(`/* plan once: ${name} */`);
}

/** Kysely gives statements no names; what begins with `planOnce` gets its own here. */
class PlanningClient extends pg.Client {
  override query(...args: unknown[]): never {
    const [text, values, ...rest] = args;
    const name = typeof text === 'string' ? PLAN_ONCE.exec(text)?.[1] : undefined;
    const query = super.query as (...args: unknown[]) => never;
    return name ? query.call(this, { name, text, values }, ...rest) : query.apply(this, args);
  }
}

export function openDatabase(pool: pg.Pool): Db {
  return new Kysely<Database>({ dialect: new Dialect({ pool, cursor: Cursor }) });
}

class Dialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new Adapter();
  }
}

/**
 * Kysely's lock for migrations belongs to a connection: it would stay behind on that of a failed migration, and on
 * another one than is meant behind a pooler of transactions. `migrateUp` takes the same lock for its transaction.
 */
class Adapter extends PostgresAdapter {
  override acquireMigrationLock = () => Promise.resolve();
  override releaseMigrationLock = () => Promise.resolve();
}

/** Throws AppError for a database that cannot be reached or is too old to work on. */
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
      throw new AppError('refused', 'PostgreSQL 15 or newer is needed; DATABASE_URL leads to an older one.');
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
    const place = `${hostname}:${port || 5432}${pathname}`;
    throw new AppError('unavailable', `The database ${place} cannot be used: ${messageOf(error)}.`, [
      'Check DATABASE_URL, and that PostgreSQL is running there.',
    ]);
  } finally {
    await client.end().catch(() => undefined);
  }
}
