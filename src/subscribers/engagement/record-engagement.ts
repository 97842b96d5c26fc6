import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';

export interface Engagement {
  subscriber_id: number;
  at: Date;
}

/**
 * Records when readers last interacted with an issue: engaged readers are sent to first while a new domain is warmed
 * up. A resolution of one day is enough to tell who reads, and means that most clicks and votes write nothing.
 */
export async function recordEngagements(db: Db | Tx, engagements: readonly Engagement[]): Promise<void> {
  await sql`
    update subscribers set engaged_at = engaged.at
    from (select id, max(at) as at from unnest(${engagements.map(({ subscriber_id }) => subscriber_id)}::bigint[],
      ${engagements.map(({ at }) => at)}::timestamptz[]) as one (id, at) group by id order by id) as engaged
    where subscribers.id = engaged.id and (engaged_at is null or engaged_at < engaged.at - interval '1 day')`.execute(
    db,
  );
}
