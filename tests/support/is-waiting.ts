import { sql } from 'kysely';
import type { Db } from '../../src/database/connect.ts';

/** Whether a statement in this database is waiting for another transaction's lock. */
export async function isWaiting(db: Db): Promise<boolean> {
  return (await countWaiting(db)) > 0;
}

export async function countWaiting(db: Db): Promise<number> {
  const { rows } = await sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
  return rows.length;
}
