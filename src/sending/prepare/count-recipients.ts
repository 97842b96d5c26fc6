import { sql, type RawBuilder } from 'kysely';
import { cachePerScope } from '../../concurrency/cache.ts';
import type { Db } from '../../database/connect.ts';

/** Whether a row of `subscribers` gets an issue that is prepared at this time. */
export function isRecipient(at: Date): RawBuilder<boolean> {
  return sql`(status = 'active' and frequency = 'weekly' and confirmed_at <= ${at}
    and (paused_until is null or paused_until <= ${at}))`;
}

const cachedCount = cachePerScope<number>({ max: 1, ttl_ms: 10_000 });

/** How many readers an issue that is prepared now would go to; at most 10 s old. */
export function countRecipients(db: Db, now: Date): Promise<number> {
  return cachedCount(db, 'recipients', async () => {
    const { rows } = await sql<{ readers: number }>`
      select count(*)::integer as readers from subscribers where ${isRecipient(now)}`.execute(db);
    return rows[0]?.readers ?? 0;
  });
}
