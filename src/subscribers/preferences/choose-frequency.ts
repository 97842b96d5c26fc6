import type { Context } from '../../context.ts';
import type { Frequency } from '../../database/schema.ts';

/** Takes effect at once, also for the issue being sent if this reader's mail has not been submitted yet. */
export async function chooseFrequency(
  { db, now }: Context,
  subscriberId: number,
  frequency: Frequency,
): Promise<void> {
  await db
    .updateTable('subscribers')
    .set({ frequency, engaged_at: now(), still_asked_at: null })
    .where('id', '=', subscriberId)
    .where('status', '=', 'active')
    .execute();
}
