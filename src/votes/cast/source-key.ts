import { createHmac, randomBytes } from 'node:crypto';
import { cachePerScope } from '../../concurrency/cache.ts';
import type { Context } from '../../context.ts';
import type { Db } from '../../database/connect.ts';
import { type NetworkAddress, sourceNetworkOf } from '../../network/network-address.ts';

/** By day: the salt of today, and around midnight that of yesterday. */
const cachedSalt = cachePerScope<Buffer>({ max: 2 });

/**
 * Identifies the network that a vote came from, for one day: each day has its own salt, which is deleted after two
 * weeks.
 */
export async function sourceKey(
  { db, now }: Context,
  address: NetworkAddress | undefined,
): Promise<string | null> {
  if (address === undefined) {
    return null;
  }
  const day = now().toISOString().slice(0, 10);
  const salt = await cachedSalt(db, day, () => ensureSalt(db, day));
  return createHmac('sha256', salt).update(sourceNetworkOf(address)).digest('hex').slice(0, 32);
}

async function ensureSalt(db: Db, day: string): Promise<Buffer> {
  await db
    .insertInto('source_salts')
    .values({ day, salt: randomBytes(32) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { salt } = await db
    .selectFrom('source_salts')
    .select('salt')
    .where('day', '=', day)
    .executeTakeFirstOrThrow();
  return salt;
}
