import { sql } from 'kysely';
import expected from '../../migrations/schema.json' with { type: 'json' };
import type { Db, Tx } from '../database/connect.ts';
import { AppError } from '../errors.ts';
import { compareSchema } from './_compare-schema.ts';
import { listNewerMigrations, listPendingMigrations, MIGRATION_HASHES } from './migrate.ts';
import { expectedQueues, readQueues } from '../queue/create-queues.ts';
import { readSchema } from '../database/read-schema.ts';

/** What keeps this version from working on a database, in words: what is wrong, where, and what to do. */
export interface SchemaProblem {
  message: string;
  /** A line for each object. */
  objects: string[];
}

/**
 * Whether the database is the one that this version expects, by the hashes of its migrations and by every definition.
 * One that a newer version has migrated may have more, never less: versions beside each other during an update.
 */
export async function findSchemaProblem(db: Db | Tx): Promise<SchemaProblem | undefined> {
  const pending = await listPendingMigrations(db);
  const newer = await listNewerMigrations(db);
  if (pending.length > 0) {
    return newer.length > 0
      ? {
          message: `The database was migrated by another line of versions; start the version that did it.`,
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
        'The database was migrated by files that this version has otherwise. Start the version that did it, or install ' +
        'this one anew: a migration never changes once it is out.',
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
  const { rows: found } = await sql<{ has_any: boolean }>`
    select to_regclass('migration_hashes') is not null as has_any`.execute(db);
  const { rows } = found[0]?.has_any
    ? await sql<{
        name: string;
        hash: string;
      }>`select name, hash from migration_hashes order by name`.execute(db)
    : { rows: [] };
  return rows.flatMap(({ name, hash }) =>
    name in MIGRATION_HASHES && MIGRATION_HASHES[name] !== hash
      ? [
          `${name} was applied with the hash ${hash.slice(0, 12)}…, and here it is ${MIGRATION_HASHES[name]?.slice(0, 12)}…`,
        ]
      : [],
  );
}

async function describeDifferences(db: Db | Tx, isNewer: boolean): Promise<SchemaProblem | undefined> {
  const tables = compareSchema(expected, await readSchema(db), isNewer);
  if (tables.length > 0) {
    return {
      message:
        'The tables are not those that this version expects: somebody changed them outside of migrations. ' +
        'Make each object what it should be, or restore a backup (docs/operating.md).',
      objects: tables.map(({ words }) => words),
    };
  }
  const queues = isNewer ? [] : compareSchema(expectedQueues(), await readQueues(db), isNewer);
  return queues.length > 0
    ? {
        message: 'The queues have other settings than this version’s; run `verdicts migrate`.',
        objects: queues.map(({ words }) => words),
      }
    : undefined;
}
