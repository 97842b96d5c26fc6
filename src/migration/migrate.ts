import { promises as fs } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Kysely, sql } from 'kysely';
import { FileMigrationProvider, type Migration, type MigrationResultSet, Migrator } from 'kysely/migration';
import hashes from '../../migrations/hashes.json' with { type: 'json' };
import type { Db, Tx } from '../database/connect.ts';
import { AppError, messageOf } from '../errors.ts';
import { setTransaction } from './_role-settings.ts';

/** SHA-256 of each migration's source as it landed. */
export const MIGRATION_HASHES: Readonly<Record<string, string>> = hashes;

/** From this one on the hash of what is applied is kept in the database. */
const FIRST_KEPT = '20261127T200000-one-schema';
/** Kysely's own key for this lock, which versions before this one take too. */
const MIGRATION_LOCK = '3853314791062309107';
/** Whoever waits for a table's lock makes everybody after them wait too: not for longer than this. */
const LOCK_WITHIN = '3s';
const LOCK_TRIES = 10;

/**
 * Brings the tables up to date, each migration in a transaction of its own: whatever stops it, the next call goes on
 * there. Several processes starting at once migrate once. Returns the names of what this call applied; a database that a
 * newer version has migrated is left as it is.
 */
export async function migrateUp(db: Db): Promise<string[]> {
  const applied: string[] = [];
  for (;;) {
    const names = await step(db, async (migrator, tx) =>
      (await listNewerMigrations(tx)).length > 0 ? { results: [] } : migrator.migrateUp(),
    );
    if (names.length === 0) {
      return applied;
    }
    applied.push(...names);
  }
}

/** Takes the newest migration back. */
export async function migrateDown(db: Db): Promise<string[]> {
  return step(db, (migrator) => migrator.migrateDown());
}

/** Names of migrations that this code knows and the database lacks. */
export async function listPendingMigrations(db: Db | Tx): Promise<string[]> {
  const applied = new Set(await listApplied(db));
  return Object.keys(MIGRATION_HASHES).filter((name) => !applied.has(name));
}

/** Names of migrations that the database has and this code does not know: a newer version was here. */
export async function listNewerMigrations(db: Db | Tx): Promise<string[]> {
  return (await listApplied(db)).filter((name) => !(name in MIGRATION_HASHES));
}

async function listApplied(db: Db | Tx): Promise<string[]> {
  const { rows } = await sql<{ has_any: boolean }>`
    select to_regclass('kysely_migration') is not null as has_any`.execute(db);
  return rows[0]?.has_any
    ? (await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)).rows.map(
        ({ name }) => name,
      )
    : [];
}

async function step(
  db: Db,
  act: (migrator: Migrator, tx: Tx) => Promise<MigrationResultSet>,
): Promise<string[]> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().execute(async (tx) => {
        await setTransaction(tx);
        await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)}::bigint)`.execute(tx);
        await sql`select set_config('lock_timeout', ${LOCK_WITHIN}, true)`.execute(tx);
        await makeKyselysTables(tx);
        return namesOf(await act(await openMigrator(tx), tx));
      });
    } catch (error) {
      if (!isLockTimeout(error) || tries === LOCK_TRIES) {
        throw error instanceof MigrationFailed ? error.explain() : error;
      }
      await sleep(500 * tries);
    }
  }
}

class MigrationFailed extends Error {
  readonly migration: string;

  constructor(migration: string, cause: unknown) {
    super(messageOf(cause), { cause });
    this.migration = migration;
  }

  explain(): AppError {
    return new AppError(
      'unavailable',
      `Migration ${this.migration} failed, and nothing of it was kept: ${this.message}.`,
      isLockTimeout(this)
        ? ['Others kept using the tables it changes; try again, at a quieter time if need be.']
        : [],
    );
  }
}

/** 55P03, lock_not_available. */
function isLockTimeout(error: unknown): boolean {
  const cause = error instanceof MigrationFailed ? error.cause : error;
  return (cause as { code?: string } | undefined)?.code === '55P03';
}

function namesOf({ error, results = [] }: MigrationResultSet): string[] {
  if (error) {
    throw new MigrationFailed(results.find(({ status }) => status === 'Error')?.migrationName ?? '', error);
  }
  return results.map(({ migrationName }) => migrationName);
}

/** Kysely makes them too, but when it may not, the reason is lost in what it asks next in the failed transaction. */
async function makeKyselysTables(tx: Tx): Promise<void> {
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

async function openMigrator(tx: Tx): Promise<Migrator> {
  const { rows } = await sql<{ home: string }>`select current_schema() as home`.execute(tx);
  const migrationFolder = fileURLToPath(new URL('../../migrations', import.meta.url));
  const files = new FileMigrationProvider({ fs, path, migrationFolder });
  return new Migrator({
    db: tx,
    // Otherwise a table of another program's Kysely, in a schema of its own, would be taken for ours.
    migrationTableSchema: rows[0]?.home ?? 'public',
    provider: {
      getMigrations: async () =>
        Object.fromEntries(
          Object.entries(await files.getMigrations()).map(([name, migration]) => [
            name,
            keepHash(name, migration),
          ]),
        ),
    },
  });
}

/** The hash stands or falls with the migration: in the same transaction. */
function keepHash(name: string, { up, down }: Migration): Migration {
  if (!(name in MIGRATION_HASHES)) {
    throw new Error(`migrations/hashes.json lacks ${name}; it is written as soon as the migration is final.`);
  }
  return {
    up: async (db: Kysely<never>) => {
      await up(db);
      if (name >= FIRST_KEPT) {
        const known = Object.entries(MIGRATION_HASHES).filter(([other]) => other <= name);
        await sql`
          insert into migration_hashes (name, hash)
          select * from unnest(${known.map(([other]) => other)}::text[], ${known.map(([, hash]) => hash)}::text[])
          on conflict (name) do nothing`.execute(db);
      }
    },
    ...(down && {
      down: async (db: Kysely<never>) => {
        if (name > FIRST_KEPT) {
          await sql`delete from migration_hashes where name = ${name}`.execute(db);
        }
        await down(db);
      },
    }),
  };
}
