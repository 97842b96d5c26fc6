import { sql } from 'kysely';
import { cachePerScope } from '../concurrency/cache.ts';
import type { Db } from '../database/connect.ts';
import { AppError } from '../errors.ts';

/** What identifies a database, as far as an ordinary role may read it. */
interface Identity {
  /** Assigned to the server's data by `initdb`; null if the role may not read it. */
  system_identifier: string | null;
  /** Changes with every point-in-time recovery and every failover; null if it cannot be read. */
  timeline: string | null;
  database_id: number;
  /** Of the table `installation_place`: changes when the table is created again, as by restoring a dump. */
  table_id: number;
}

/** How a database differs from the one whose identity was recorded. */
export interface Move {
  /** What differs, as one clause. */
  description: string;
  /** Stable for the same move, so staff are notified only once. */
  key: string;
}

/**
 * Whether this database was restored, copied or failed over since `recordIdentity`; undefined if not. A logical restore
 * writes the row into another table or in another transaction; a physical one ends on another timeline or server.
 */
export async function detectMove(db: Db): Promise<Move | undefined> {
  const current = await readIdentity(db);
  const { rows } = await sql<Identity & { doubt: string | null; is_same_row: boolean; generation: number }>`
    select system_identifier, timeline, database_id, table_id, doubt, generation,
      xmin::text::bigint = (written_by::text::numeric % 4294967296)::bigint as is_same_row
    from installation_place`.execute(db);
  const [recorded] = rows;
  const description = recorded ? describeMove(recorded, current) : 'its identity was never recorded';
  return description === undefined
    ? undefined
    : {
        description,
        key: [recorded?.generation ?? 0, ...Object.values(current), recorded?.doubt ?? ''].join(' '),
      };
}

/** Records the current identity, after a restore was dealt with. */
export function recordIdentity(db: Db, now: Date): Promise<void> {
  return writeIdentity(db, now, () => true);
}

/** For a new database, or one last used by a version that did not record it; several processes may start at once. */
export function recordFirstIdentity(db: Db, now: Date): Promise<void> {
  return writeIdentity(db, now, (isRecorded) => !isRecorded);
}

async function writeIdentity(db: Db, now: Date, isWanted: (isRecorded: boolean) => boolean): Promise<void> {
  const { system_identifier, timeline, database_id, table_id } = await readIdentity(db);
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('weekly-verdicts identity'))`.execute(tx);
    const before = await tx.selectFrom('installation_place').select('generation').executeTakeFirst();
    if (!isWanted(before !== undefined)) {
      return;
    }
    await tx.deleteFrom('installation_place').execute();
    await sql`
      insert into installation_place
        (system_identifier, timeline, database_id, table_id, written_by, generation, stamped_at)
      values (${system_identifier}, ${timeline}, ${database_id}, ${table_id}, pg_current_xact_id(),
        ${(before?.generation ?? 0) + 1}, ${now})`.execute(tx);
  });
}

/** Marks the database as moved: something outside of it knows about mails that it does not. */
export async function markAsMoved(db: Db, doubt: string): Promise<void> {
  // A new row in this transaction, so that `written_by` still matches.
  await sql`
    with row as (delete from installation_place returning *)
    insert into installation_place
    select id, system_identifier, timeline, database_id, table_id, pg_current_xact_id(), generation, ${doubt}, stamped_at
    from row`.execute(db);
}

const cachedMove = cachePerScope<{ move: Move | undefined }>({ max: 1, ttl_ms: 1_000 });

/** `detectMove`, cached for a second in each process. */
export async function detectMoveCached(db: Db): Promise<Move | undefined> {
  const { move } = await cachedMove(db, 'move', async () => ({ move: await detectMove(db) }));
  return move;
}

/** One paragraph for the operator who has to decide. */
export function explainMove({ description }: Move): string {
  return (
    `This database was restored, copied or failed over: ${description}. It may not know about every mail that was sent, so ` +
    'nothing is mailed and no voting closes until an operator has declared what it is: run `verdicts restored` if it ' +
    'replaces the previous database (it asks Resend what was sent, then continues), or `verdicts restored --as-copy` if it ' +
    'is a copy for testing (it will never mail these readers).'
  );
}

/** Throws AppError if the database was moved, since nothing may be mailed then. */
export async function requireUnmoved(db: Db): Promise<void> {
  const move = await detectMoveCached(db);
  if (move) {
    throw new AppError('refused', explainMove(move));
  }
}

function describeMove(
  recorded: Identity & { doubt: string | null; is_same_row: boolean },
  current: Identity,
): string | undefined {
  const differs = (name: 'system_identifier' | 'timeline') =>
    recorded[name] !== null && current[name] !== null && recorded[name] !== current[name];
  if (differs('system_identifier')) {
    return 'it is on another server';
  }
  if (differs('timeline')) {
    return `its server is on timeline ${current.timeline} instead of ${recorded.timeline}`;
  }
  if (recorded.database_id !== current.database_id) {
    return 'it is another database on the same server';
  }
  if (recorded.table_id !== current.table_id || !recorded.is_same_row) {
    return 'its rows were written again, as by restoring a dump';
  }
  return recorded.doubt ?? undefined;
}

async function readIdentity(db: Db): Promise<Identity> {
  const { rows } = await sql<Pick<Identity, 'database_id' | 'table_id'>>`
    select oid::bigint as database_id, 'installation_place'::regclass::oid::bigint as table_id
    from pg_database where datname = current_database()`.execute(db);
  const { database_id = 0, table_id = 0 } = rows[0] ?? {};
  return {
    system_identifier: await askServer(
      db,
      'select system_identifier::text as value from pg_control_system()',
    ),
    timeline: await askServer(db, 'select left(pg_walfile_name(pg_current_wal_lsn()), 8) as value'),
    database_id,
    table_id,
  };
}

/** Managed servers may refuse: insufficient privilege, no such function, or not supported. */
const REFUSALS = new Set(['42501', '42883', '0A000', '55000']);

async function askServer(db: Db, statement: string): Promise<string | null> {
  try {
    const { rows } = await sql.raw<{ value: string }>(statement).execute(db);
    return rows[0]?.value ?? null;
  } catch (error) {
    if (REFUSALS.has((error as { code?: string }).code ?? '')) {
      return null;
    }
    throw error;
  }
}
