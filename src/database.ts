import { fileURLToPath } from 'node:url';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { Kysely, PostgresDialect, type RawBuilder, sql, type Transaction } from 'kysely';
import { FileMigrationProvider, type MigrationResultSet, Migrator } from 'kysely/migration';
import pg from 'pg';
import Cursor from 'pg-cursor';
import { AppError, messageOf } from './errors.ts';
import type { Database } from './schema.ts';

export type Db = Kysely<Database>;
export type Tx = Transaction<Database>;

const OLDEST_POSTGRES = 150_000;
/** A machine that is cut off inside a transaction holds its locks no longer: none of ours pauses so long by itself. */
const LOST_AFTER_MS = 20_000;

/**
 * A pool that reads bigint as number (our ids stay below 2^53) and date as `YYYY-MM-DD`. Each connection begins with the
 * statements of `setUp`.
 */
export function openPool(databaseUrl: string, maxConnections = 12, setUp?: string): pg.Pool {
  const readers: Partial<Record<number, (text: string) => unknown>> = {
    [pg.types.builtins.INT8]: Number,
    [pg.types.builtins.DATE]: (text) => text,
  };
  const getTypeParser = ((id: number, format?: 'text' | 'binary') =>
    readers[id] ?? pg.types.getTypeParser(id, format)) as typeof pg.types.getTypeParser;
  const pool = new pg.Pool({
    Client: PlanningClient,
    connectionString: databaseUrl,
    max: maxConnections,
    application_name: 'weekly-verdicts',
    keepAlive: true,
    idle_in_transaction_session_timeout: LOST_AFTER_MS,
    types: { getTypeParser },
    ...(setUp && { verify: (client, done) => client.query(setUp, done) }),
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
  const setUp = 'set enable_seqscan = off; set jit = off; set plan_cache_mode = force_generic_plan';
  return openPool(databaseUrl, maxConnections, setUp);
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
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool, cursor: Cursor }) });
}

/** Throws AppError for a database that cannot be reached or is too old to work on. */
export async function checkDatabase(databaseUrl: string): Promise<void> {
  const { hostname, port, pathname } = new URL(databaseUrl);
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ number: number }>(
      `select current_setting('server_version_num')::int as number`,
    );
    if ((rows[0]?.number ?? 0) < OLDEST_POSTGRES) {
      throw new AppError('refused', 'PostgreSQL 15 or newer is needed; DATABASE_URL leads to an older one.');
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

/** Brings the tables up to date. Kysely holds a lock, so that several processes starting at once migrate once. */
export async function migrateUp(db: Db): Promise<string[]> {
  return namesOf(await migrator(db).migrateToLatest());
}

/** Takes the newest migration back. */
export async function migrateDown(db: Db): Promise<string[]> {
  return namesOf(await migrator(db).migrateDown());
}

/** Names of migrations that this code knows and the database lacks. */
export async function listPendingMigrations(db: Db): Promise<string[]> {
  const migrations = await migrator(db).getMigrations();
  return migrations.filter((migration) => !migration.executedAt).map((migration) => migration.name);
}

function migrator(db: Db): Migrator {
  const migrationFolder = fileURLToPath(new URL('../migrations', import.meta.url));
  return new Migrator({ db, provider: new FileMigrationProvider({ fs, path, migrationFolder }) });
}

function namesOf({ error, results }: MigrationResultSet): string[] {
  const failed = results?.find((result) => result.status === 'Error');
  if (error) {
    throw new AppError('unavailable', `Migration ${failed?.migrationName ?? ''} failed: ${messageOf(error)}`);
  }
  return (results ?? []).map((result) => result.migrationName);
}
