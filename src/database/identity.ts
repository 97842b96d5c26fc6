import { sql } from 'kysely';
import type { Db } from './connect.ts';
import { AppError } from '../errors.ts';

/** Where a database is, as far as its server lets an ordinary role see. */
interface Place {
  /** Of the server's data since `initdb`; null where the role may not read it. */
  system_identifier: string | null;
  /** Another one after every recovery to a point in time and every failover; null where it cannot be read. */
  timeline: string | null;
  database_id: number;
  /** Of `installation_place` itself: another one after it was made anew, as a restored dump does. */
  table_id: number;
}

/** A database that is not where it was when it was last said to be in its place. */
export interface Move {
  /** What was seen, as one clause. */
  words: string;
  /** The same for the same move, so that staff are told once. */
  key: string;
}

/**
 * Whether this database was restored, copied or failed over since `recordIdentity`: undefined for no. A logical restore writes
 * the row in another table, or by another transaction; a physical one ends on another timeline, or another server.
 */
export async function detectMove(db: Db): Promise<Move | undefined> {
  const here = await readIdentity(db);
  const { rows } = await sql<Place & { doubt: string | null; is_same_row: boolean; generation: number }>`
    select system_identifier, timeline, database_id, table_id, doubt, generation,
      xmin::text::bigint = (written_by::text::numeric % 4294967296)::bigint as is_same_row
    from installation_place`.execute(db);
  const [stamped] = rows;
  const words = stamped ? describeMove(stamped, here) : 'it was never said to be in its place';
  return words === undefined
    ? undefined
    : { words, key: [stamped?.generation ?? 0, ...Object.values(here), stamped?.doubt ?? ''].join(' ') };
}

/** From now on the database is in its place: after `migrate` has made it, and once a restore has been dealt with. */
export async function recordIdentity(db: Db, now: Date): Promise<void> {
  const { system_identifier, timeline, database_id, table_id } = await readIdentity(db);
  await db.transaction().execute(async (tx) => {
    const before = await tx.deleteFrom('installation_place').returning('generation').executeTakeFirst();
    await sql`
      insert into installation_place
        (system_identifier, timeline, database_id, table_id, written_by, generation, stamped_at)
      values (${system_identifier}, ${timeline}, ${database_id}, ${table_id}, pg_current_xact_id(),
        ${(before?.generation ?? 0) + 1}, ${now})`.execute(tx);
  });
}

/** Something outside of the database knows more than it does. */
export async function flagIdentity(db: Db, doubt: string): Promise<void> {
  // Written by who stamped it: only the stamp tells whether the row was restored.
  await sql`
    with row as (delete from installation_place returning *)
    insert into installation_place
    select id, system_identifier, timeline, database_id, table_id, pg_current_xact_id(), generation, ${doubt}, stamped_at
    from row`.execute(db);
}

const LOOK_EVERY_MS = 1_000;
const looks = new WeakMap<Db, { at: number; move: Promise<Move | undefined> }>();

/** `detectMove`, asked of the database at most once a second by each process. */
export function detectMoveCached(db: Db): Promise<Move | undefined> {
  const known = looks.get(db);
  if (known && performance.now() - known.at < LOOK_EVERY_MS) {
    return known.move;
  }
  const move = detectMove(db);
  looks.set(db, { at: performance.now(), move });
  move.catch(() => looks.delete(db));
  return move;
}

/** One paragraph for whoever has to decide. */
export function explainMove({ words }: Move): string {
  return (
    `This database was restored, copied or failed over: ${words}. It may not know of mails that went out, so nothing is ` +
    'mailed and no voting closes until somebody has said what it is: `verdicts restored` when it takes the place of the ' +
    'one before (it asks Resend what went out, and then goes on), `verdicts restored --as-copy` when it is a copy to try ' +
    'things on (it never mails these readers).'
  );
}

/** Throws AppError where nothing may be mailed because the database was moved. */
export async function requireUnmoved(db: Db): Promise<void> {
  const move = await detectMoveCached(db);
  if (move) {
    throw new AppError('refused', explainMove(move));
  }
}

function describeMove(
  stamped: Place & { doubt: string | null; is_same_row: boolean },
  here: Place,
): string | undefined {
  const isOther = (name: 'system_identifier' | 'timeline') =>
    stamped[name] !== null && here[name] !== null && stamped[name] !== here[name];
  if (isOther('system_identifier')) {
    return 'its server is another one';
  }
  if (isOther('timeline')) {
    return `its server is on timeline ${here.timeline}, no longer on ${stamped.timeline}`;
  }
  if (stamped.database_id !== here.database_id) {
    return 'it is another database on the same server';
  }
  if (stamped.table_id !== here.table_id || !stamped.is_same_row) {
    return 'its rows were written anew, as a restored dump does';
  }
  return stamped.doubt ?? undefined;
}

async function readIdentity(db: Db): Promise<Place> {
  const { rows } = await sql<Pick<Place, 'database_id' | 'table_id'>>`
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

/** Managed servers may keep it to themselves: insufficient privilege, no such function, or not supported. */
const KEPT = new Set(['42501', '42883', '0A000', '55000']);

async function askServer(db: Db, statement: string): Promise<string | null> {
  try {
    const { rows } = await sql.raw<{ value: string }>(statement).execute(db);
    return rows[0]?.value ?? null;
  } catch (error) {
    if (KEPT.has((error as { code?: string }).code ?? '')) {
      return null;
    }
    throw error;
  }
}
