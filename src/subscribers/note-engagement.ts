import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../database.ts';
import { together } from '../together.ts';

interface Engagement {
  subscriber_id: number;
  at: Date;
}

const LIMITS = { items: 500, goes: 1 };

const noteTogether = together(async ({ db }: Context, engagements: readonly Engagement[]) => {
  await noteEngagements(db, engagements);
  return engagements.map(() => undefined);
}, LIMITS);

/** When a reader last did something with an issue: who reads comes first while a new domain is warmed up. */
export function noteEngagement(context: Context, subscriberId: number, at: Date): Promise<void> {
  return noteTogether(context, { subscriber_id: subscriberId, at });
}

/** Known to the day, which is enough to tell who reads and who does not: most votes and opens then write nothing. */
export async function noteEngagements(db: Db | Tx, engagements: readonly Engagement[]): Promise<void> {
  await sql`
    update subscribers set engaged_at = engaged.at
    from (select id, max(at) as at from unnest(${engagements.map(({ subscriber_id }) => subscriber_id)}::bigint[],
      ${engagements.map(({ at }) => at)}::timestamptz[]) as one (id, at) group by id order by id) as engaged
    where subscribers.id = engaged.id and (engaged_at is null or engaged_at < engaged.at - interval '1 day')`.execute(
    db,
  );
}
