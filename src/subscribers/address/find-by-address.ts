import { sql } from 'kysely';
import { addressKey } from '../../database/address-key.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import type { Row, SubscriberStatus } from '../../database/schema.ts';
import { normalizeAddress } from '../../address/read-address.ts';

/** Case and the script of the domain (Unicode or ASCII) are ignored. */
export async function findByAddress(db: Db | Tx, email: string): Promise<Row<'subscribers'> | undefined> {
  return db
    .selectFrom('subscribers')
    .selectAll()
    .where(addressKey(), '=', (normalizeAddress(email) ?? email).toLowerCase())
    .executeTakeFirst();
}

/** Like `findByAddress`, but throws `not_found` if there is none. */
export async function getByAddress(db: Db | Tx, email: string): Promise<Row<'subscribers'>> {
  const subscriber = await findByAddress(db, email);
  if (!subscriber) {
    throw new AppError('not_found', 'There is no subscriber with this address.');
  }
  return subscriber;
}

export interface Match {
  id: number;
  email: string;
  status: SubscriberStatus;
}

/**
 * Readers whose address begins with `part`, then those whose address contains it elsewhere; case and, in a
 * whole address, the script of the domain do not matter.
 */
export async function searchAddresses(db: Db, part: string, limit: number): Promise<Match[]> {
  const wanted = (normalizeAddress(part) ?? part).toLowerCase();
  const { rows: beginning } = await sql<Match>`
    select id, email, status from subscribers
    where ${addressKey()} >= ${wanted} and ${addressKey()} < ${`${wanted}\u{10FFFF}`}
    order by ${addressKey()} limit ${limit}`.execute(db);
  if (beginning.length === limit) {
    return beginning;
  }
  // LIKE in the "C" collation, which compares bytes and may run in parallel: for a million readers a third faster than
  // position().
  const elsewhere = `_%${wanted.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  const { rows: others } = await sql<Match>`
    select id, email, status from subscribers
    where ${addressKey()} like ${elsewhere} and not starts_with(${addressKey()}, ${wanted})
    limit ${limit - beginning.length}`.execute(db);
  return [...beginning, ...others];
}

/** The readers with these ids that there still are, in this order. */
export async function listMatches(db: Db, ids: readonly number[]): Promise<Match[]> {
  const { rows } = await sql<Match>`
    select subscribers.id, email, status
    from unnest(${[...ids]}::bigint[]) with ordinality as wanted (id, number) join subscribers using (id)
    order by wanted.number`.execute(db);
  return rows;
}
