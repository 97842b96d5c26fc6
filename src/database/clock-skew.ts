import { sql } from 'kysely';
import type { Db } from './connect.ts';

/** Ages of idempotency keys and send times are hours; a minute is nobody's network. */
const MAX_OFFSET_MS = 60_000;

/** How far this machine's clock is ahead of the database's; milliseconds, less half of the time that asking took. */
export async function measureClockSkew(db: Db): Promise<number> {
  const asked_at = Date.now();
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
  const answered_at = Date.now();
  return Math.round((asked_at + answered_at) / 2 - (rows[0]?.now.getTime() ?? 0));
}

/** What is wrong with the clock of a process that sends and keeps times; undefined for nothing. */
export function describeClockSkew(ahead_ms: number): string | undefined {
  return Math.abs(ahead_ms) > MAX_OFFSET_MS
    ? `this machine’s clock is ${Math.round(Math.abs(ahead_ms) / 1_000)} s ${ahead_ms > 0 ? 'ahead of' : 'behind'} ` +
        'the database’s: set both by a time server'
    : undefined;
}
