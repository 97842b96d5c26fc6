import type { Context } from '../../context.ts';

/** Sends this reader no issue for this many weeks, until the same time of day in TIMEZONE; 0 ends a pause. */
export async function pauseSubscriber(
  { config, db, now }: Context,
  subscriberId: number,
  weeks: number,
): Promise<void> {
  await db
    .updateTable('subscribers')
    .set({
      paused_until: weeks > 0 ? weeksLater(now(), weeks, config.timezone) : null,
      engaged_at: now(),
      still_asked_at: null,
    })
    .where('id', '=', subscriberId)
    .where('status', '=', 'active')
    .execute();
}

/** In a week in which the clocks change, another number of hours later. */
function weeksLater(time: Date, weeks: number, timezone: string): Date {
  const local = Temporal.Instant.fromEpochMilliseconds(time.getTime()).toZonedDateTimeISO(timezone);
  return new Date(local.add({ weeks }).epochMilliseconds);
}
