import { sql } from 'kysely';
import type { Context } from '../context.ts';

/**
 * Processes' settings may differ for a while, as during a restart: an endpoint is removed once no process has named it for
 * this long.
 */
const KEPT_MS = 86_400_000;

/** Stores the endpoints of the settings. Those that no process has named for a day are removed, with what waits for them. */
export async function storeEndpoints({
  db,
  config,
  now,
}: Pick<Context, 'db' | 'config' | 'now'>): Promise<void> {
  const urls = config.outgoingWebhooks.map(({ url }) => url);
  const removedBefore = new Date(now().getTime() - KEPT_MS);
  await sql`
    insert into outgoing_endpoints (url, added_at, named_at) select url, ${now()}, ${now()} from unnest(${urls}::text[]) as url
    on conflict (url) do update set named_at = excluded.named_at`.execute(db);
  await sql`
    with removed as (delete from outgoing_endpoints where named_at < ${removedBefore} returning url)
    delete from outgoing_deliveries using removed where outgoing_deliveries.url = removed.url`.execute(db);
}

export interface EndpointState {
  url: string;
  /** When it first answered that it is gone for good. */
  gone_at: Date | null;
  waiting: number;
  delivered: number;
  failed: number;
  /** The answer to the newest delivery that was tried and not accepted. */
  last_answer: string | null;
}

/** What became of the events of the last 30 days, by endpoint. */
export async function describeEndpoints({ db }: Pick<Context, 'db'>): Promise<EndpointState[]> {
  const { rows } = await sql<EndpointState>`
    select endpoint.url, gone_at,
      count(*) filter (where status = 'waiting')::integer as waiting,
      count(*) filter (where status = 'delivered')::integer as delivered,
      count(*) filter (where status = 'failed')::integer as failed,
      (array_agg(last_answer order by event_id desc) filter (where status <> 'delivered' and last_answer is not null))[1]
        as last_answer
    from outgoing_endpoints as endpoint left join outgoing_deliveries as delivery using (url)
    group by endpoint.url, gone_at order by endpoint.url`.execute(db);
  return rows;
}
