import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { type Db, openDatabase, openPool } from '../../src/database/connect.ts';
import { recordIdentity } from '../../src/installation/identity.ts';
import { overSocket, postgresUrl } from './shared.ts';

export interface TestDatabaseOptions {
  /** The database that is copied, to which nobody may be connected; by default one with every table and no rows. */
  template?: string;
  /** It is not dropped when the test ends, since others copy it. */
  isKept?: boolean;
}

/** A new database with every table, dropped when the test ends. */
export async function createTestDatabase({
  template = 'verdicts_template',
  isKept = false,
}: TestDatabaseOptions = {}): Promise<{ url: string; pool: pg.Pool; db: Db }> {
  const url = await createEmptyDatabase(`template ${template} strategy file_copy`);
  const pool = openPool(await overSocket(url));
  const db = openDatabase(pool);
  // The service would detect that this database is a copy of the template.
  await recordIdentity(db, new Date('2026-01-01T00:00:00Z'));
  // If the installation were as old as the template, commands that use the real clock would report the issues due since
  // as missed.
  await db.updateTable('installation').set({ created_at: new Date() }).execute();
  onTestFinished(async () => {
    await db.destroy();
    if (!isKept) {
      // The next test need not wait for this.
      void drop(new URL(url).pathname.slice(1));
    }
  });
  return { url, pool, db };
}

/** A database without tables; `options` are those of `create database`. */
export async function createEmptyDatabase(options = 'template template1'): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await administer(`create database ${name} ${options}`);
  return `${await postgresUrl()}/${name}`;
}

let administrator: Promise<pg.Pool> | undefined;
let dropper: Promise<pg.Pool> | undefined;

/** Uses its own connection, so that creating databases does not wait for it. */
async function drop(database: string): Promise<void> {
  dropper ??= openConnection();
  await (await dropper).query(`drop database if exists "${database}" with (force)`);
}

/** Runs a statement as the superuser: on the database of `url`, or else on `postgres` over one connection of this process. */
export async function administer(statement: string, url?: string): Promise<void> {
  if (url === undefined) {
    administrator ??= openConnection();
    await (await administrator).query(statement);
    return;
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

/** A pool of one: it queues concurrent queries, which a client will reject in pg 9. */
async function openConnection(): Promise<pg.Pool> {
  return new pg.Pool({ connectionString: `${await postgresUrl()}/postgres`, max: 1, allowExitOnIdle: true });
}
