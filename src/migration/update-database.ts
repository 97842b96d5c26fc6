import { checkDatabase, openDatabase, openPool } from '../database/connect.ts';
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
import { requireRoleSettings, storeRoleSettings } from './_role-settings.ts';

/** The names of what `updateDatabase` changed. */
export interface DatabaseUpdate {
  migrations: string[];
  queues: string[];
}

/**
 * Updates tables and queues and verifies that they match this version; idempotent, and safe to run concurrently. Throws
 * AppError for a database that this version cannot use. `roles` are granted what their processes need.
 */
export async function updateDatabase(
  databaseUrl: string,
  log: Log,
  roles: DatabaseRoles = {},
): Promise<DatabaseUpdate> {
  await checkDatabase(databaseUrl);
  const db = openDatabase(openPool(databaseUrl, 2));
  try {
    const migrations = await migrateUp(db);
    if (poolModeOf(databaseUrl) === 'transaction') {
      await storeRoleSettings(db);
    }
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
  } finally {
    await db.destroy();
  }
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
  await checkDatabase(databaseUrl);
  const db = openDatabase(openPool(databaseUrl, 1));
  try {
    if (await ownsTables(db)) {
      await updateDatabase(databaseUrl, log, granted);
    } else {
      await requireRights(db, roles);
      if (poolModeOf(databaseUrl) === 'transaction') {
        await storeRoleSettings(db);
      }
    }
  } finally {
    await db.destroy();
  }
  await requireDatabase(databaseUrl);
}

/** Throws AppError for a configured database that this version cannot use without a migration. */
export async function requireDatabase(databaseUrl: string): Promise<void> {
  await checkDatabase(databaseUrl);
  const db = openDatabase(openPool(databaseUrl, 1));
  try {
    if (!(await ownsTables(db))) {
      await requireAnyRights(db);
    }
    if (poolModeOf(databaseUrl) === 'transaction') {
      await requireRoleSettings(db);
    }
    await requireSchema(db);
  } finally {
    await db.destroy();
  }
}
