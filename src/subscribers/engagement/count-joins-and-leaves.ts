import { sql } from 'kysely';
import { cachePerScope } from '../../concurrency/cache.ts';
import type { Db } from '../../database/connect.ts';

/** How many readers joined and left on one day. */
export interface DailyJoinsAndLeaves {
  /** `2026-11-24` in the newsletter's time zone. */
  day: string;
  joined: number;
  /** Unsubscribed, suppressed or erased. */
  left: number;
}

/** Cached, since counting reads all subscribers. */
const cachedJoinsAndLeaves = cachePerScope<DailyJoinsAndLeaves[]>({
  max: 4,
  ttl_ms: 60_000,
  stale_ms: 240_000,
});

/** The last `days` days, today included, oldest first; at most five minutes old. */
export function countJoinsAndLeaves(
  db: Db,
  now: Date,
  timezone: string,
  days: number,
): Promise<DailyJoinsAndLeaves[]> {
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime())
    .toZonedDateTimeISO(timezone)
    .toPlainDate();
  const since = today.subtract({ days: days - 1 });
  return cachedJoinsAndLeaves(db, `${since.toString()} ${days}`, async () => {
    const { rows } = await sql<DailyJoinsAndLeaves>`
      with joins_and_leaves as (
        select confirmed_at as at, 1 as joined, 0 as gone from subscribers where confirmed_at is not null
        union all
        select case when status = 'suppressed' then suppressed_at else unsubscribed_at end, 0, 1 from subscribers
        where confirmed_at is not null and status not in ('active', 'pending')
        union all
        select departed_at, 0, 1 from suppressions where departed_at is not null
        union all
        -- Those who left and have asked to come back since.
        select (consent ->> 'confirmed_at')::timestamptz, 1, 0 from past_consents where consent ->> 'confirmed_at' is not null
        union all
        select ended_at, 0, 1 from past_consents where consent ->> 'confirmed_at' is not null
      )
      select to_char(at at time zone ${timezone}, 'YYYY-MM-DD') as day, sum(joined)::integer as joined, sum(gone)::integer as left
      from joins_and_leaves where at >= ${since.toString()}::timestamp at time zone ${timezone} and at <= ${now}
      group by 1`.execute(db);
    const byDay = new Map(rows.map((row) => [row.day, row]));
    return Array.from({ length: days }, (_, index) => {
      const day = since.add({ days: index }).toString();
      return byDay.get(day) ?? { day, joined: 0, left: 0 };
    });
  });
}
