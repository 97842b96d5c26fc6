import type { Context } from '../../context.ts';
import type { Frequency } from '../../database/schema.ts';

/** From the next mail on; an issue under way counts as coming. */
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
