import type { Context } from '../../context.ts';
import type { Db } from '../../database/connect.ts';
import type { Environment } from '../../config/config.ts';
import type { Resolver } from 'node:dns/promises';

/** What the checks look at. */
export interface Examination {
  context: Context;
  env: Environment;
  /** The machine's own, unless a test brings another. */
  resolver: Pick<Resolver, 'resolveTxt' | 'resolveCname'>;
  /** Whether mail goes to readers: what is alarming then is usual on a laptop. */
  isReal: boolean;
}

/** Those who get the next issue, but for their choices. */
export async function countActiveReaders(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('subscribers')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('status', '=', 'active')
    .executeTakeFirstOrThrow();
  return count;
}
