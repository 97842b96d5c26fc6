import { createHmac, randomBytes } from 'node:crypto';
import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { cachePerScope } from '../../concurrency/cache.ts';
import type { Context } from '../../context.ts';
import type { Db } from '../../database/connect.ts';

/** By day: today's, and yesterday's around midnight. */
const cachedSalt = cachePerScope<Buffer>({ max: 2 });

/** Identifies the network that a vote came from, for one day: the salt changes daily and is deleted with the evidence. */
export async function sourceKey({ db, now }: Context, address: string | undefined): Promise<string | null> {
  if (address === undefined) {
    return null;
  }
  const day = now().toISOString().slice(0, 10);
  const salt = await cachedSalt(db, day, () => loadSalt(db, day));
  return createHmac('sha256', salt).update(networkOf(address)).digest('hex').slice(0, 32);
}

async function loadSalt(db: Db, day: string): Promise<Buffer> {
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

/** An IPv4 address, or the first 64 bits of an IPv6 address: a site is assigned at least a whole /64 (RFC 6177). */
function networkOf(address: string): string {
  if (isIPv4(address)) {
    // Already canonical: most votes come this way, and a million of them need no parser.
    return address;
  }
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6
    ? new ipaddr.IPv6([...parsed.parts.slice(0, 4), 0, 0, 0, 0]).toString()
    : parsed.toString();
}
