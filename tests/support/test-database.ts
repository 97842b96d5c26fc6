import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject, onTestFinished } from 'vitest';
import { type Db, openDatabase, openPool } from '../../src/database.ts';

/** A fresh database of its own with every table, dropped when the test ends. */
export async function createTestDatabase(): Promise<{ url: string; pool: pg.Pool; db: Db }> {
  const url = await copyTemplate('verdicts_template');
  const pool = openPool(url);
  const db = openDatabase(pool);
  onTestFinished(async () => {
    await db.destroy();
    await administer(`drop database if exists "${new URL(url).pathname.slice(1)}" with (force)`);
  });
  return { url, pool, db };
}

/** An empty database without tables, for tests of migrating. */
export function createEmptyDatabase(): Promise<string> {
  return copyTemplate('template1');
}

async function copyTemplate(template: string): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await administer(`create database ${name} template ${template}`);
  return `${inject('postgresUrl')}/${name}`;
}

async function administer(statement: string) {
  const client = new pg.Client({ connectionString: `${inject('postgresUrl')}/postgres` });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
