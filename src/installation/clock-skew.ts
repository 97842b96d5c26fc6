import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';

/** Well above any network delay, and well below the hours by which idempotency keys and send times are measured. */
const MAX_SKEW_MS = 60_000;

/** Milliseconds by which this machine's clock is ahead of the database's, corrected for half the round trip. */
export async function measureClockSkew(db: Db): Promise<number> {
  const sent_at = Date.now();
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
  const received_at = Date.now();
  return Math.round((sent_at + received_at) / 2 - (rows[0]?.now.getTime() ?? 0));
}

/** Describes a clock skew too large to send with; undefined if acceptable. */
export function describeClockSkew(ahead_ms: number): string | undefined {
  return Math.abs(ahead_ms) > MAX_SKEW_MS
    ? `this machine’s clock is ${Math.round(Math.abs(ahead_ms) / 1_000)} s ${ahead_ms > 0 ? 'ahead of' : 'behind'} ` +
        'the database’s: synchronize both with a time server'
    : undefined;
}

/** Whether that time is still to come by more than two clocks may differ. */
export function isInFuture(at: Date, now: Date): boolean {
  return at.getTime() > now.getTime() + MAX_SKEW_MS;
}
