import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject, onTestFinished } from 'vitest';
import { type Db, openDatabase, openPool } from '../../src/database/connect.ts';
import { recordIdentity } from '../../src/database/identity.ts';

/** A new database with every table, dropped when the test ends. */
export async function createTestDatabase(): Promise<{ url: string; pool: pg.Pool; db: Db }> {
  const url = await createEmptyDatabase('template verdicts_template');
  const pool = openPool(url);
  const db = openDatabase(pool);
  // The service would detect that this database is a copy of the template.
  await recordIdentity(db, new Date('2026-01-01T00:00:00Z'));
  onTestFinished(async () => {
    await db.destroy();
    await administer(`drop database if exists "${new URL(url).pathname.slice(1)}" with (force)`);
  });
  return { url, pool, db };
}

/** A database without tables; `options` are those of `create database`. */
export async function createEmptyDatabase(options = 'template template1'): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await administer(`create database ${name} ${options}`);
  return `${inject('postgresUrl')}/${name}`;
}

/** Runs a statement as superuser, on the database `postgres` unless another one is given. */
export async function administer(statement: string, url = `${inject('postgresUrl')}/postgres`) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
