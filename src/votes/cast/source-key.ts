import { createHmac, randomBytes } from 'node:crypto';
import type { Context } from '../../context.ts';
import type { Db } from '../../database/connect.ts';

/** Today's salt per database; yesterday's is asked for no more. */
const kept = new WeakMap<Db, { day: string; salt: Buffer }>();

/** Stands for the place a vote came from, for one day: the salt changes daily and is forgotten with the evidence. */
export async function sourceKey({ db, now }: Context, address: string | undefined): Promise<string | null> {
  if (address === undefined) {
    return null;
  }
  const day = now().toISOString().slice(0, 10);
  let known = kept.get(db);
  if (known?.day !== day) {
    known = { day, salt: await saltOf(db, day) };
    kept.set(db, known);
  }
  return createHmac('sha256', known.salt).update(networkOf(address)).digest('hex').slice(0, 32);
}

async function saltOf(db: Db, day: string): Promise<Buffer> {
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

/** An IPv6 line has 2^64 addresses of its own (RFC 6177): its network stands for it. */
function networkOf(address: string): string {
  return address.includes(':') && !address.includes('.')
    ? address.split(':').slice(0, 4).join(':')
    : address.replace(/^::ffff:/, '');
}
