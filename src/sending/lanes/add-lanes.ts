import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { Lane } from './lanes.ts';

/** Resend's default, until its first response says what a team has (docs/resend.md, rate limit). */
export const DEFAULT_CALLS_PER_SECOND = 10;

/** Adds rows for the lanes that have none yet. */
export async function addLanes(db: Db | Tx, lanes: readonly Pick<Lane, 'number'>[]): Promise<void> {
  await sql`
    insert into send_rate (id, calls_per_second)
    select number, ${DEFAULT_CALLS_PER_SECOND}::real from unnest(${lanes.map(({ number }) => number)}::smallint[]) as lane (number)
    on conflict do nothing`.execute(db);
}
