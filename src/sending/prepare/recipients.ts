import { sql, type RawBuilder } from 'kysely';
import { cachePerScope } from '../../concurrency/cache.ts';
import type { Db } from '../../database/connect.ts';
import { listCategories, matchCategories } from '../../issues/select/match-categories.ts';
import type { Issue } from '../../issues/record/issue.ts';

/**
 * Whether a row of `subscribers` gets an issue that is prepared at this time. `sentAt`: when it goes out to them, in SQL, if that is
 * later: a pause may have ended by then.
 */
export function isRecipient(
  at: Date,
  sentAt: RawBuilder<unknown> = sql`${at}::timestamptz`,
): RawBuilder<boolean> {
  return sql`(status = 'active' and frequency = 'weekly' and confirmed_at <= ${at}
    and (paused_until is null or paused_until <= ${sentAt}))`;
}

/** `readers` would get the issue; `without` chose only categories that it has nothing for, and not its lead. */
export interface Audience {
  readers: number;
  without: number;
}

const cachedCounts = cachePerScope<Audience>({ max: 4, ttl_ms: 10_000 });

/** How many readers an issue would go to if it were prepared now; at most 10 s old. */
export function countRecipients(db: Db, now: Date, { content }: Issue): Promise<Audience> {
  return cachedCounts(db, JSON.stringify(listCategories(content)), async () => {
    const { known, matching } = await matchCategories(db, content);
    const { rows } = await sql<Audience>`
      select count(*) filter (where not gets_nothing)::integer as readers, count(*) filter (where gets_nothing)::integer as without
      from (
        select categories <> '{}' and not always_lead and categories && ${known}::text[]
          and not categories && ${matching}::text[] as gets_nothing
        from subscribers where ${isRecipient(now)}
      ) as recipient`.execute(db);
    return rows[0] ?? { readers: 0, without: 0 };
  });
}
