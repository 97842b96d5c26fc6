import type { Db } from '../database/connect.ts';

/** Those who get the next issue, but for their choices. */
export async function countActiveReaders(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('subscribers')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('status', '=', 'active')
    .executeTakeFirstOrThrow();
  return count;
}
