import type { Context } from '../../context.ts';
import type { Db } from '../../database/connect.ts';
import type { Environment } from '../../config/config.ts';
import type { Resolver } from 'node:dns/promises';

/** What every check is given. */
export interface CheckContext {
  context: Context;
  env: Environment;
  /** The machine's own resolver, unless a test provides another. */
  resolver: Pick<Resolver, 'resolveTxt' | 'resolveCname'>;
  /** Whether mail goes to real readers: some findings are alarming only then, and normal on a laptop. */
  isReal: boolean;
}

/** All active readers, including those who get no issues by their own choice. */
export async function countActiveReaders(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('subscribers')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('status', '=', 'active')
    .executeTakeFirstOrThrow();
  return count;
}
