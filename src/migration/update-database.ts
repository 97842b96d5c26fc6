import { checkDatabase, type Db, openDatabase, openPool } from '../database/connect.ts';
import type { Log } from '../log.ts';
import { recordIdentity } from '../database/identity.ts';
import { poolModeOf } from '../database/session-settings.ts';
import { requireSchema } from './check-schema.ts';
import { listNewerMigrations, migrateUp } from './migrate.ts';
import { prepareQueues } from '../queue/create-queues.ts';
import { requireRole, setRole } from './_role-settings.ts';

/** What a call of `updateDatabase` changed, by name. */
export interface DatabaseUpdate {
  migrations: string[];
  queues: string[];
}

/**
 * Brings tables and queues up to date, and makes sure that they are what this version expects; safe to repeat and to
 * run in several processes at once. Throws AppError for a database that this version cannot work on.
 */
export async function updateDatabase(databaseUrl: string, log: Log): Promise<DatabaseUpdate> {
  await checkDatabase(databaseUrl);
  const db = openDatabase(openPool(databaseUrl, 2));
  try {
    const migrations = await migrateUp(db);
    if (poolModeOf(databaseUrl) === 'transaction') {
      await setRole(db);
    }
    const isNewer = (await listNewerMigrations(db)).length > 0;
    const queues = isNewer ? [] : await prepareQueues(db, databaseUrl, log);
    await requireSchema(db);
    await recordIdentityOnce(db);
    return { migrations, queues };
  } finally {
    await db.destroy();
  }
}

/** A database is in its place where it was made, or where it was when a version that looks first found it. */
async function recordIdentityOnce(db: Db): Promise<void> {
  const stamped = await db.selectFrom('installation_place').select('id').executeTakeFirst();
  await (stamped ? undefined : recordIdentity(db, new Date()));
}

/** Throws AppError for a configured database that this version cannot work on as it is. */
export async function requireDatabase(databaseUrl: string): Promise<void> {
  await checkDatabase(databaseUrl);
  const db = openDatabase(openPool(databaseUrl, 1));
  try {
    if (poolModeOf(databaseUrl) === 'transaction') {
      await requireRole(db);
    }
    await requireSchema(db);
  } finally {
    await db.destroy();
  }
}
