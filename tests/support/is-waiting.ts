import { sql } from 'kysely';
import { vi } from 'vitest';
import type { Db } from '../../src/database/connect.ts';

/** Whether a statement in this database is waiting for another transaction's lock. */
export async function isWaiting(db: Db): Promise<boolean> {
  return (await countWaiting(db)) > 0;
}

/** Resolves once this many statements wait, however busy the machine is. */
export function untilWaiting(db: Db, count = 1): Promise<unknown> {
  return vi.waitUntil(async () => (await countWaiting(db)) === count, { timeout: 20_000 });
}

/** Resolves once `act` is done or a statement of it waits too, besides the one that waits already. */
export async function untilDoneOrWaiting(db: Db, act: Promise<unknown>): Promise<void> {
  let isDone = false;
  void act.finally(() => (isDone = true)).catch(() => undefined);
  await vi.waitUntil(async () => isDone || (await countWaiting(db)) === 2, { timeout: 20_000 });
}

async function countWaiting(db: Db): Promise<number> {
  const { rows } = await sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
  return rows.length;
}
