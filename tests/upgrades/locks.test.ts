import { fileURLToPath } from 'node:url';
import { type Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';
import hashes from '../../migrations/hashes.json' with { type: 'json' };
import type { Db, Tx } from '../../src/database/connect.ts';
import { CHANGED_TABLES } from '../../src/migration/_lock-tables.ts';
import { listPendingMigrations, migrateDown, migrateUp } from '../../src/migration/migrate.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { isWaiting } from '../support/is-waiting.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The last migration of release 0.1.0. Older ones never run alongside another release. */
const RELEASED = '20261127T100000-lock-voters';
const NEWER = Object.keys(hashes)
  .filter((name) => name > RELEASED)
  .toSorted();

test('a statement that needs two tables of a migration waits, and never fails by a deadlock with it', async () => {
  const { db } = await createTestDatabase();
  await migrateDownTo(db, '20261127T200000-one-schema');
  let migrating: Promise<string[]> | undefined;
  await db.transaction().execute(async (vote) => {
    await sql`lock table casts in row exclusive mode`.execute(vote);
    migrating = migrateUp(db);
    await expect.poll(() => isWaiting(db), { timeout: 5_000, interval: 10 }).toBe(true);
    await sql`select from subscribers`.execute(vote);
  });
  expect(await migrating).toEqual(NEWER);
});

test('a process waits while another one migrates, although its own migrations are all there', async () => {
  const { db } = await createTestDatabase();
  let waiting: Promise<string[]> | undefined;
  await db.transaction().execute(async (newer) => {
    // Kysely's own lock, which a newer version holds while it migrates.
    await sql`select pg_advisory_xact_lock(3853314791062309107)`.execute(newer);
    waiting = migrateUp(db);
    await expect.poll(() => isWaiting(db), { timeout: 5_000, interval: 10 }).toBe(true);
  });
  expect(await waiting).toEqual([]);
});

test('every migration locks the tables it changes before it changes the first', async () => {
  const { db } = await createTestDatabase();
  const undeclared: Record<string, string[]> = {};
  // From the newest to the oldest: each is applied on its own, and rolled back with its transaction.
  for (const name of NEWER.toReversed()) {
    await migrateDownTo(db, name);
    const locked = await listLockedBy(db, name).catch((cause: unknown) => {
      throw new Error(`${name} failed`, { cause });
    });
    const others = locked.filter((table) => !(CHANGED_TABLES[name] ?? []).includes(table));
    if (locked.length > 1 && others.length > 0) {
      undeclared[name] = others;
    }
  }
  expect(undeclared).toEqual({});
});

/** The existing tables that a migration locks in a mode that blocks writers. */
async function listLockedBy(db: Db, name: string): Promise<string[]> {
  const { up } = (await import(`${ROOT}migrations/${name}.ts`)) as {
    up: (db: Kysely<never>) => Promise<void>;
  };
  const tx = await db.startTransaction().execute();
  try {
    const existing = new Set(await listTables(tx));
    await up(tx as unknown as Kysely<never>);
    return (await listLocked(tx)).filter((table) => existing.has(table));
  } finally {
    await tx.rollback().execute();
  }
}

async function migrateDownTo(db: Db, name: string): Promise<void> {
  while (!(await listPendingMigrations(db)).includes(name)) {
    await migrateDown(db);
  }
}

async function listTables(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select relname::text as name from pg_class
    where relkind = 'r' and relnamespace = current_schema()::regnamespace`.execute(tx);
  return rows.map(({ name }) => name);
}

/** Tables locked in a mode that blocks writers. */
async function listLocked(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select distinct relname::text as name from pg_locks join pg_class on pg_class.oid = relation
    where pid = pg_backend_pid() and relkind = 'r' and relnamespace = current_schema()::regnamespace
      and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')`.execute(tx);
  return rows.map(({ name }) => name);
}
