import { checkDatabase, type Db, openDatabase, openPool } from '../database/connect.ts';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import { recordFirstIdentity } from '../installation/identity.ts';
import { advanceIdsIfMoved } from './advance-ids.ts';
import { poolModeOf } from '../database/session-settings.ts';
import { requireSchema } from './check-schema.ts';
import { listNewerMigrations, migrateUp } from './migrate.ts';
import { prepareQueues } from '../queue/create-queues.ts';
import {
  type DatabaseRoles,
  grantRoles,
  ownsTables,
  requireAnyRights,
  requireRights,
  type Role,
} from './grants.ts';
import { listDifferingSettings, storeRoleSettings } from './_role-settings.ts';

/** The names of what `updateDatabase` changed. */
export interface DatabaseUpdate {
  migrations: string[];
  queues: string[];
}

/**
 * Updates tables and queues and verifies that they match this version; idempotent, and safe to run concurrently. Throws
 * AppError for a database that this version cannot use. `roles` are granted what their processes need.
 */
export function updateDatabase(
  databaseUrl: string,
  log: Log,
  roles: DatabaseRoles = {},
): Promise<DatabaseUpdate> {
  return withDatabase(databaseUrl, (db) => update(db, databaseUrl, log, roles));
}

/**
 * For a process of these roles: updates the database if it connects as the owner of the tables, otherwise only verifies what its
 * role needs. Throws AppError for a database that it cannot use.
 */
export async function openRoleDatabase(
  databaseUrl: string,
  log: Log,
  roles: readonly Role[],
  granted: DatabaseRoles,
): Promise<void> {
  await withDatabase(databaseUrl, async (db) => {
    if (await ownsTables(db)) {
      await update(db, databaseUrl, log, granted);
    } else {
      await requireRights(db, roles);
      await storePoolerSettings(db, databaseUrl);
      await requireSchema(db);
    }
  });
  await ensurePoolerSettings(databaseUrl);
}

/** Throws AppError for a configured database that this version cannot use without a migration. */
export async function requireDatabase(databaseUrl: string): Promise<void> {
  await withDatabase(databaseUrl, async (db) => {
    if (!(await ownsTables(db))) {
      await requireAnyRights(db);
    }
    await requireSchema(db);
  });
  await ensurePoolerSettings(databaseUrl);
}

/** Runs with a database that can be reached and used at all, and closes its connections. */
async function withDatabase<Result>(databaseUrl: string, run: (db: Db) => Promise<Result>): Promise<Result> {
  await checkDatabase(databaseUrl);
  const db = openDatabase(openPool(databaseUrl, 2));
  return run(db).finally(() => db.destroy());
}

async function update(db: Db, databaseUrl: string, log: Log, roles: DatabaseRoles): Promise<DatabaseUpdate> {
  const migrations = await migrateUp(db);
  await storePoolerSettings(db, databaseUrl);
  const isNewer = (await listNewerMigrations(db)).length > 0;
  const queues = isNewer
    ? []
    : await prepareQueues(db, databaseUrl, log, { updatesPgBoss: Object.values(roles).some(Boolean) });
  await requireSchema(db);
  await recordFirstIdentity(db, new Date());
  await advanceIdsIfMoved(db);
  if (!isNewer) {
    await grantRoles(db, roles);
  }
  return { migrations, queues };
}

async function storePoolerSettings(db: Db, databaseUrl: string): Promise<void> {
  await (poolModeOf(databaseUrl) === 'transaction' && storeRoleSettings(db));
}

/**
 * Over new connections: those that were open when the settings were stored do not have them. Stores them if they are missing, as for a
 * role that has run nothing yet, or in a database that was restored.
 */
async function ensurePoolerSettings(databaseUrl: string): Promise<void> {
  if (poolModeOf(databaseUrl) === 'transaction') {
    await withDatabase(databaseUrl, async (db) => {
      const differing = await listDifferingSettings(db);
      if (differing.length > 0) {
        await storeRoleSettings(db);
        throw new AppError(
          'refused',
          'The connections of the transaction pooler lack settings of the role, which are stored now: ' +
            'RECONNECT in the console of PgBouncer (or restart the pooler), then try again.',
          differing,
        );
      }
    });
  }
}
