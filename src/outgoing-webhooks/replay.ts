import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { CLAIMED_FOR_MS } from './deliver.ts';

/** Events are kept for this long: time enough to find out that a receiver lost them. */
const KEPT_DAYS = 30;

export const NO_WEBHOOK =
  'No webhook is known. OUTGOING_WEBHOOKS is empty, or no process has run since it was set.';

export interface ReplayChoice {
  /** One event only, by its `webhook-id`. */
  message_id?: string | undefined;
  since?: Date | undefined;
  /** One endpoint only, by its URL. */
  url?: string | undefined;
  /** Only deliveries that have failed so far, once or for good. */
  only_failed: boolean;
}

/**
 * Makes events due again, with the ids they had. Returns the number of deliveries. Throws `not_found` for an endpoint that is not
 * in the settings or an event that is not kept.
 */
export async function replayEvents({ db, now }: Context, choice: ReplayChoice): Promise<number> {
  const { message_id, since, url, only_failed } = choice;
  // A delivery that is due before this time may be in progress.
  const claimedUntil = new Date(now().getTime() + CLAIMED_FOR_MS);
  return db.transaction().execute(async (tx) => {
    const known = await tx
      .updateTable('outgoing_endpoints')
      .set({ gone_at: null })
      .$if(url !== undefined, (query) => query.where('url', '=', url ?? ''))
      .returning('url')
      .execute();
    if (known.length === 0) {
      throw new AppError(
        'not_found',
        url === undefined
          ? NO_WEBHOOK
          : `No webhook ${url} is known; \`verdicts webhooks list\` has those that are.`,
      );
    }
    const { numAffectedRows } = await sql`
      insert into outgoing_deliveries as delivery (event_id, url, due_at)
      select event.id, endpoint.url, ${now()} from outgoing_events as event, outgoing_endpoints as endpoint
      where endpoint.url = any(${known.map((endpoint) => endpoint.url)})
        and (${message_id ?? null}::uuid is null or event.message_id = ${message_id ?? null})
        and (${since ?? null}::timestamptz is null or event.at >= ${since ?? null})
        and (not ${only_failed} or exists (
          select from outgoing_deliveries as failed
          where failed.event_id = event.id and failed.url = endpoint.url
            and (failed.status = 'failed' or (failed.status = 'waiting' and failed.attempts > 0))))
      on conflict (event_id, url) do update
        set status = 'waiting', attempts = 0, due_at = excluded.due_at, ended_at = null
        where delivery.status <> 'waiting' or delivery.due_at > ${claimedUntil}`.execute(tx);
    const count = Number(numAffectedRows ?? 0);
    if (count === 0 && message_id !== undefined) {
      throw new AppError(
        'not_found',
        `Event ${message_id} is unknown or no longer kept (events are kept for ${KEPT_DAYS} days), or is being delivered right now.`,
      );
    }
    return count;
  });
}

export async function deleteOldEvents({ db, now }: Context): Promise<void> {
  await db
    .deleteFrom('outgoing_events')
    .where('at', '<', new Date(now().getTime() - KEPT_DAYS * 86_400_000))
    .execute();
}
