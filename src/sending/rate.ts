import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Db } from '../database.ts';

/** Kept under the provider's figure, since its window and ours do not start together. */
const HEADROOM = 0.95;

/** Waits for the next call that all processes together may make: one GCRA row without burst. */
export async function waitForSlot({ db, stopping }: Context): Promise<void> {
  const { rows } = await sql<{ wait_ms: number }>`
    update send_rate set theoretical_arrival_at =
      greatest(theoretical_arrival_at, clock_timestamp()) + make_interval(secs => 1 / (calls_per_second * ${HEADROOM}::real))
    returning greatest(0, 1000 * (extract(epoch from theoretical_arrival_at - clock_timestamp())
      - 1 / (calls_per_second * ${HEADROOM}::real)))::float8 as wait_ms`.execute(db);
  await sleep(rows[0]?.wait_ms ?? 0, undefined, { signal: stopping });
}

/** After a 429: nobody calls for this long. */
export async function pushRateBack(db: Db, seconds: number): Promise<void> {
  await sql`
    update send_rate set theoretical_arrival_at =
      greatest(theoretical_arrival_at, clock_timestamp() + make_interval(secs => ${seconds}::float8))`.execute(
    db,
  );
}

/** Takes the limit from the provider's own header; nothing is written while it stays the same. */
export async function learnRate(db: Db, headers: Record<string, string> | null): Promise<void> {
  const limit = Number(headers?.['ratelimit-limit']);
  if (limit > 0) {
    await db
      .updateTable('send_rate')
      .set({ calls_per_second: limit })
      .where('calls_per_second', '<>', limit)
      .execute();
  }
}
