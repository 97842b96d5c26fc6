import type { Context } from '../../context.ts';
import { getByAddress } from '../../subscribers/address/find-by-address.ts';
import { eraseSubscriber } from '../../subscribers/leave/erase.ts';
import { eraseVoter } from '../../votes/retention/erase-voter.ts';
import { eraseDeliveries } from './_erase-deliveries.ts';

/** Erases a reader everywhere, in one transaction; a hash of the address stays suppressed. Throws `not_found`. */
export async function eraseReader(
  { db, installation, now }: Pick<Context, 'db' | 'installation' | 'now'>,
  email: string,
): Promise<{ id: number }> {
  return db.transaction().execute(async (tx) => {
    const { id } = await getByAddress(tx, email);
    // In the order in which an event locks them: the mail, then its reader.
    await eraseDeliveries(tx, id);
    await eraseSubscriber(tx, id, now());
    await eraseVoter(tx, installation, id);
    return { id };
  });
}
