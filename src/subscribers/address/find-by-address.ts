import { addressKey } from '../../database/address-key.ts';
import type { Db, Tx } from '../../database/connect.ts';
import type { Row } from '../../database/schema.ts';
import { normalizeAddress } from './normalize-address.ts';

/** Case and the script of the domain (Unicode or ASCII) are ignored. */
export async function findByAddress(db: Db | Tx, email: string): Promise<Row<'subscribers'> | undefined> {
  return db
    .selectFrom('subscribers')
    .selectAll()
    .where(addressKey(), '=', (normalizeAddress(email) ?? email).toLowerCase())
    .executeTakeFirst();
}
