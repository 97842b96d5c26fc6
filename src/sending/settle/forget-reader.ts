import type { Context } from '../../context.ts';
import { forgetSubscriber } from '../../subscribers/leave/forget.ts';
import { forgetVoter } from '../../votes/retention/forget-voter.ts';
import { forgetDeliveries } from './_forget-deliveries.ts';

/** Erases a reader everywhere, in one transaction; a hash of the address stays suppressed. Throws `not_found`. */
export async function forgetReader(
  { db, installation, now }: Pick<Context, 'db' | 'installation' | 'now'>,
  email: string,
): Promise<{ id: number }> {
  return db.transaction().execute(async (tx) => {
    const { id } = await forgetSubscriber(tx, email, now());
    await forgetDeliveries(tx, id);
    await forgetVoter(tx, installation, id);
    return { id };
  });
}
