import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { dropWhenUnused } from './_drop-when-unused.ts';

/**
 * Resend redelivers an event for a day or two; afterwards its row is not needed, since its effect is stored in the
 * delivery.
 */
const EVENT_DAYS = 90;
const ROWS_PER_STATEMENT = 10_000;

/** Adds partitions for the coming weeks' events; counts and drops the events of weeks that ended over 90 days ago. */
export async function deleteOldEvents(context: Context): Promise<void> {
  const { db, now } = context;
  await dropWhenUnused(context, 'delivery_events', () =>
    sql`select add_event_partitions((${now()}::timestamptz at time zone 'UTC')::date)`.execute(db),
  );
  const before = new Date(now().getTime() - EVENT_DAYS * 86_400_000);
  const dropOne = async () => {
    const { rows } = await sql<{ is_dropped: boolean }>`
      select drop_event_partition(${before}) as is_dropped`.execute(db);
    return rows[0]?.is_dropped;
  };
  while (await dropWhenUnused(context, 'delivery_events', dropOne)) {
    // One week each time.
  }
  await deleteEventsOfPreviousRelease(context, before);
}

/** A few rows at a time, so that no arriving event has to wait. */
async function deleteEventsOfPreviousRelease({ db }: Context, before: Date): Promise<void> {
  for (;;) {
    // The oldest rows are the first of the table, so that each statement but the last reads little.
    const { numAffectedRows } = await sql`
      delete from webhook_events where ctid = any(array(
        select ctid from webhook_events where received_at < ${before} limit ${ROWS_PER_STATEMENT}))`.execute(
      db,
    );
    if (Number(numAffectedRows ?? 0) < ROWS_PER_STATEMENT) {
      return;
    }
  }
}
