import type { Context } from '../context.ts';
import type { Frequency } from '../schema.ts';

/** From the next mail on; an issue under way counts as coming. */
export async function chooseFrequency(
  { db }: Context,
  subscriberId: number,
  frequency: Frequency,
): Promise<void> {
  await db
    .updateTable('subscribers')
    .set({ frequency })
    .where('id', '=', subscriberId)
    .where('status', '=', 'active')
    .execute();
}
