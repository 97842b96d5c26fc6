import { promises as fs } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type Kysely, sql } from 'kysely';
import { FileMigrationProvider, type Migration, type MigrationResultSet, Migrator } from 'kysely/migration';
import hashes from '../../migrations/hashes.json' with { type: 'json' };
import { projectPath } from '../config/project-root.ts';
import type { Db, Tx } from '../database/connect.ts';
import { AppError, messageOf } from '../errors.ts';
import { LOCK_TIMEOUT_MS, lockChangedTables, setLockTimeout } from './_lock-tables.ts';
import { applyTransactionSettings } from './_role-settings.ts';

/** SHA-256 of each migration's source as merged. */
export const MIGRATION_HASHES: Readonly<Record<string, string>> = hashes;

/** From this migration on, the hashes of applied migrations are stored in the database. */
const FIRST_RECORDED = '20261127T200000-one-schema';
/** Kysely's own advisory lock key, which earlier versions also use. */
const MIGRATION_LOCK = '3853314791062309107';
const MAX_LOCK_ATTEMPTS = 10;

/**
 * Applies pending migrations, each in its own transaction, so that the next call continues after an interruption. With
 * concurrent callers each migration is applied once. Returns the names applied by this call; a database migrated by a
 * newer version is left unchanged.
 */
export async function migrateUp(db: Db): Promise<string[]> {
  const applied: string[] = [];
  if (await isUpToDate(db)) {
    return applied;
  }
  const migrations = await loadMigrations();
  for (;;) {
    const names = await runInTransaction(db, migrations, async (migrator, tx) =>
      (await listNewerMigrations(tx)).length > 0 ? { results: [] } : migrator.migrateUp(),
    );
    if (names.length === 0) {
      return applied;
    }
    applied.push(...names);
  }
}

/**
 * Found without loading the migrations, which takes longer than everything else that a process does with an unchanged database. False
 * while another process migrates: this one must wait for it.
 */
async function isUpToDate(db: Db): Promise<boolean> {
  const files = await fs.readdir(projectPath('migrations'));
  const names = files.flatMap((file) => /^(.+)\.[jt]s$/.exec(file)?.[1] ?? []);
  // A file that is not final yet is left to the migrator, which says so.
  if (!names.every((name) => name in MIGRATION_HASHES)) {
    return false;
  }
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ locked: boolean }>`
      select pg_try_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)}::bigint) as locked`.execute(tx);
    return rows[0]?.locked === true && (await listPendingMigrations(tx)).length === 0;
  });
}

/** Rolls back the newest migration. */
export async function migrateDown(db: Db): Promise<string[]> {
  return runInTransaction(db, await loadMigrations(), (migrator) => migrator.migrateDown());
}

/** Names of migrations that this version has and the database lacks. */
export async function listPendingMigrations(db: Db | Tx): Promise<string[]> {
  const applied = new Set(await listApplied(db));
  return Object.keys(MIGRATION_HASHES).filter((name) => !applied.has(name));
}

/** Names of migrations that the database has and this version does not know: applied by a newer version. */
export async function listNewerMigrations(db: Db | Tx): Promise<string[]> {
  return (await listApplied(db)).filter((name) => !(name in MIGRATION_HASHES));
}

async function listApplied(db: Db | Tx): Promise<string[]> {
  const { rows } = await sql<{ table_exists: boolean }>`
    select to_regclass('kysely_migration') is not null as table_exists`.execute(db);
  return rows[0]?.table_exists
    ? (await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)).rows.map(
        ({ name }) => name,
      )
    : [];
}

async function runInTransaction(
  db: Db,
  migrations: Migrations,
  run: (migrator: Migrator, tx: Tx) => Promise<MigrationResultSet>,
): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(async (tx) => {
        await applyTransactionSettings(tx);
        await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)}::bigint)`.execute(tx);
        await setLockTimeout(tx, LOCK_TIMEOUT_MS);
        await createKyselyTables(tx);
        return namesOf(await run(await openMigrator(tx, migrations), tx));
      });
    } catch (error) {
      if (!isLockFailure(error) || attempt === MAX_LOCK_ATTEMPTS) {
        throw error instanceof MigrationFailed ? error.toAppError() : error;
      }
      await sleep(500 * attempt);
    }
  }
}

class MigrationFailed extends Error {
  readonly migration: string;

  constructor(migration: string, cause: unknown) {
    super(messageOf(cause), { cause });
    this.migration = migration;
  }

  toAppError(): AppError {
    return new AppError(
      'unavailable',
      `Migration ${this.migration} failed and was rolled back: ${this.message}.`,
      isLockFailure(this)
        ? ['The tables it changes were locked by other statements; retry, if necessary at a quieter time.']
        : [],
    );
  }
}

/** 55P03, lock_not_available; 40P01, deadlock_detected. */
function isLockFailure(error: unknown): boolean {
  const cause = error instanceof MigrationFailed ? error.cause : error;
  return ['55P03', '40P01'].includes((cause as { code?: string } | undefined)?.code ?? '');
}

function namesOf({ error, results = [] }: MigrationResultSet): string[] {
  if (error) {
    throw new MigrationFailed(results.find(({ status }) => status === 'Error')?.migrationName ?? '', error);
  }
  return results.map(({ migrationName }) => migrationName);
}

/** Kysely creates these too, but without permission its next query in the failed transaction hides the cause. */
async function createKyselyTables(tx: Tx): Promise<void> {
  await sql`
    create table if not exists kysely_migration (
      name varchar(255) primary key,
      timestamp varchar(255) not null
    )`.execute(tx);
  await sql`
    create table if not exists kysely_migration_lock (
      id varchar(255) primary key,
      is_locked integer not null default 0
    )`.execute(tx);
}

async function openMigrator(tx: Tx, migrations: Migrations): Promise<Migrator> {
  const { rows } = await sql<{ home: string }>`select current_schema() as home`.execute(tx);
  return new Migrator({
    db: tx,
    // Otherwise Kysely could use the migration table of another application in a different schema.
    migrationTableSchema: rows[0]?.home ?? 'public',
    provider: { getMigrations: () => Promise.resolve(migrations) },
  });
}

type Migrations = Record<string, Migration>;

/** Once for all pending migrations: importing every file again for each of them would take most of the time. */
async function loadMigrations(): Promise<Migrations> {
  const files = new FileMigrationProvider({
    fs,
    path,
    migrationFolder: projectPath('migrations'),
    // A path may contain characters that mean something in a URL.
    import: (file) => import(pathToFileURL(file).href),
  });
  return Object.fromEntries(
    Object.entries(await files.getMigrations()).map(([name, migration]) => [
      name,
      withLocksAndHash(name, migration),
    ]),
  );
}

/** Locks the tables first, and stores or deletes the hash, in the migration's own transaction. */
function withLocksAndHash(name: string, { up, down }: Migration): Migration {
  if (!(name in MIGRATION_HASHES)) {
    throw new Error(
      `migrations/hashes.json lacks ${name}; write-schema.ts adds it once the migration is final.`,
    );
  }
  return {
    up: async (db: Kysely<never>) => {
      await lockChangedTables(db as unknown as Tx, name);
      await up(db);
      if (name >= FIRST_RECORDED) {
        const known = Object.entries(MIGRATION_HASHES).filter(([other]) => other <= name);
        await sql`
          insert into migration_hashes (name, hash)
          select * from unnest(${known.map(([other]) => other)}::text[], ${known.map(([, hash]) => hash)}::text[])
          on conflict (name) do nothing`.execute(db);
      }
    },
    ...(down && {
      down: async (db: Kysely<never>) => {
        if (name > FIRST_RECORDED) {
          await sql`delete from migration_hashes where name = ${name}`.execute(db);
        }
        await down(db);
      },
    }),
  };
}
