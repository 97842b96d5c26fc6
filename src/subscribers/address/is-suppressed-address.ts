import type { Db, Tx } from '../../database/connect.ts';
import { hashAddress } from './hash-address.ts';

/** Whether mail to an address has bounced or was reported as spam. Readers who had themselves erased may come back. */
export async function isSuppressedAddress(db: Db | Tx, address: string): Promise<boolean> {
  const suppressed = await db
    .selectFrom('suppressions')
    .select('reason')
    .where('email_hash', '=', await hashAddress(db, address))
    .where('reason', '<>', 'erased')
    .executeTakeFirst();
  return suppressed !== undefined;
}
