import type { Resolver } from 'node:dns/promises';
import type { Environment } from '../config/config.ts';
import type { Context } from '../context.ts';

/** What the checks look at. */
export interface Examination {
  context: Context;
  env: Environment;
  /** The machine's own, unless a test brings another. */
  resolver: Pick<Resolver, 'resolveTxt' | 'resolveCname'>;
  /** Whether mail goes to readers: what is alarming then is usual on a laptop. */
  isReal: boolean;
}
