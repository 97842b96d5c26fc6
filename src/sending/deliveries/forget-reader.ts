import type { Context } from '../../context.ts';
import { getByAddress } from '../../subscribers/address/find-by-address.ts';
import { forgetSubscriber } from '../../subscribers/leave/forget.ts';
import { forgetVoter } from '../../votes/retention/forget-voter.ts';
import { forgetDeliveries } from './_forget-deliveries.ts';

/** Erases a reader everywhere, in one transaction; a hash of the address stays suppressed. Throws `not_found`. */
export async function forgetReader(
  { db, installation, now }: Pick<Context, 'db' | 'installation' | 'now'>,
  email: string,
): Promise<{ id: number }> {
  return db.transaction().execute(async (tx) => {
    const { id } = await getByAddress(tx, email);
    // In the order in which an event locks them: the mail, then its reader.
    await forgetDeliveries(tx, id);
    await forgetSubscriber(tx, id, now());
    await forgetVoter(tx, installation, id);
    return { id };
  });
}
