import { expect, onTestFinished, test } from 'vitest';
import { type Db, openDatabase, openPool } from '../../src/database/connect.ts';
import { listPendingMigrations, migrateDown, migrateUp } from '../../src/migration/migrate.ts';
import { createEmptyDatabase, createTestDatabase } from '../support/test-database.ts';

async function openEmpty(): Promise<() => Db> {
  const url = await createEmptyDatabase();
  return () => {
    const db = openDatabase(openPool(url, 2));
    onTestFinished(() => db.destroy());
    return db;
  };
}

const tablesOf = async (db: Db) => (await db.introspection.getTables()).map((table) => table.name).toSorted();

test('several processes starting at once apply each migration once', async () => {
  const open = await openEmpty();
  const applied = await Promise.all(Array.from({ length: 6 }, () => migrateUp(open())));
  const all = applied.flat();
  expect(all.length).toBeGreaterThan(5);
  expect(new Set(all).size).toBe(all.length);
  expect(await listPendingMigrations(open())).toEqual([]);
});

test('every migration can be reverted and applied again', async () => {
  const db = (await openEmpty())();
  const names = await migrateUp(db);
  const tables = await tablesOf(db);
  for (const name of names.toReversed()) {
    expect(await migrateDown(db)).toEqual([name]);
  }
  expect(await tablesOf(db)).toEqual([]);
  expect(await listPendingMigrations(db)).toEqual(names);
  await migrateUp(db);
  expect(await tablesOf(db)).toEqual(tables);
});

test('the migrator finds its own tables, and nobody else does', async () => {
  const { db } = await createTestDatabase();
  const own = await db.introspection.getTables({ withInternalKyselyTables: true });
  expect(own.map(({ schema, name }) => `${schema}.${name}`).toSorted()).toEqual([
    'public.kysely_migration',
    'public.kysely_migration_lock',
  ]);
  expect((await tablesOf(db)).filter((name) => name.startsWith('kysely'))).toEqual([]);
});

test('counts are returned as numbers and dates as text', async () => {
  const { db } = await createTestDatabase();
  await db.insertInto('reviewers').values({ slug: 'a', name: 'A', lens: 'a', position: 1 }).execute();
  const day = {
    category: 'c',
    tagline: 't',
    description: 'd',
    price_note: null,
    entry_price: 'free' as const,
  };
  await db
    .insertInto('tools')
    .values({ slug: 'x', name: 'X', ...day, price_checked_on: '2026-03-29', reviewed_on: '2026-10-25' })
    .execute();
  expect(await db.selectFrom('tools').select(['price_checked_on', 'reviewed_on']).executeTakeFirst()).toEqual(
    { price_checked_on: '2026-03-29', reviewed_on: '2026-10-25' },
  );
  const { count } = await db
    .selectFrom('tools')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  expect(count).toBe(1);
});
