import type { Context } from '../../context.ts';

const WEEK_MS = 7 * 86_400_000;

/** Sends this reader no issue for this many weeks; 0 ends a pause. */
export async function pauseSubscriber(
  { db, now }: Context,
  subscriberId: number,
  weeks: number,
): Promise<void> {
  await db
    .updateTable('subscribers')
    .set({
      paused_until: weeks > 0 ? new Date(now().getTime() + weeks * WEEK_MS) : null,
      engaged_at: now(),
      still_asked_at: null,
    })
    .where('id', '=', subscriberId)
    .where('status', '=', 'active')
    .execute();
}
