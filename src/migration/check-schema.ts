import { sql } from 'kysely';
import expected from '../../migrations/schema.json' with { type: 'json' };
import type { Db, Tx } from '../database/connect.ts';
import { AppError } from '../errors.ts';
import { compareSchema } from './_compare-schema.ts';
import { listNewerMigrations, listPendingMigrations, MIGRATION_HASHES } from './migrate.ts';
import { expectedQueues, readQueues } from '../queue/create-queues.ts';
import { readSchema } from '../database/read-schema.ts';

/** Why this version cannot use a database: what is wrong, where, and what to do. */
export interface SchemaProblem {
  message: string;
  /** One line per object. */
  objects: string[];
}

/**
 * Compares the hashes of the database's migrations and every definition with those of this version. A database migrated
 * by a newer version may have more, never less, because two versions run side by side during an update.
 */
export async function findSchemaProblem(db: Db | Tx): Promise<SchemaProblem | undefined> {
  const pending = await listPendingMigrations(db);
  const newer = await listNewerMigrations(db);
  if (pending.length > 0) {
    return newer.length > 0
      ? {
          message: `The database was migrated by a diverging version; start that version instead.`,
          objects: [`it has ${newer.join(', ')}`, `it lacks ${pending.join(', ')}`],
        }
      : {
          message: 'The database is not up to date; run `verdicts migrate` first.',
          objects: pending.map((name) => `${name} is pending`),
        };
  }
  const altered = await listAlteredMigrations(db);
  if (altered.length > 0) {
    return {
      message:
        'The database was migrated by files that differ from those of this version. Start the version that did it, or ' +
        'reinstall this one: a released migration never changes.',
      objects: altered,
    };
  }
  return describeDifferences(db, newer.length > 0);
}

/** Throws AppError for what `findSchemaProblem` finds. */
export async function requireSchema(db: Db | Tx): Promise<void> {
  const problem = await findSchemaProblem(db);
  if (problem) {
    throw new AppError('refused', problem.message, problem.objects);
  }
}

async function listAlteredMigrations(db: Db | Tx): Promise<string[]> {
  const { rows: found } = await sql<{ table_exists: boolean }>`
    select to_regclass('migration_hashes') is not null as table_exists`.execute(db);
  const { rows } = found[0]?.table_exists
    ? await sql<{
        name: string;
        hash: string;
      }>`select name, hash from migration_hashes order by name`.execute(db)
    : { rows: [] };
  return rows.flatMap(({ name, hash }) =>
    name in MIGRATION_HASHES && MIGRATION_HASHES[name] !== hash
      ? [
          `${name} was applied with the hash ${hash.slice(0, 12)}…, but this version has ${MIGRATION_HASHES[name]?.slice(0, 12)}…`,
        ]
      : [],
  );
}

async function describeDifferences(db: Db | Tx, isNewer: boolean): Promise<SchemaProblem | undefined> {
  const tables = compareSchema(expected, await readSchema(db), isNewer);
  if (tables.length > 0) {
    return {
      message:
        'The tables differ from what this version expects: they were changed outside of migrations. ' +
        'Give each object its expected definition, or restore a backup (docs/operating.md).',
      objects: tables.map(({ description }) => description),
    };
  }
  const queues = isNewer ? [] : compareSchema(expectedQueues(), await readQueues(db), isNewer);
  return queues.length > 0
    ? {
        message: 'The queue settings differ from those of this version; run `verdicts migrate`.',
        objects: queues.map(({ description }) => description),
      }
    : undefined;
}
