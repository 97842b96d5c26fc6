import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context as HonoContext } from 'hono';
import { findCaller, type TrustedProxies } from '../../network/forwarded-for.ts';
import { isPublicAddress, type NetworkAddress } from '../../network/network-address.ts';
import type { PageContext } from './page.tsx';

/** Where a request comes from, by the connection or our own proxies; undefined unless it is a public address. */
export function findClientAddress(c: PageContext): NetworkAddress | undefined {
  const caller = findCallerOf(c, c.get('context').config.trustedProxies);
  return caller && isPublicAddress(caller) ? caller : undefined;
}

/** As `findClientAddress`, but whatever address it is. */
export function findCallerOf(c: HonoContext, trusted: TrustedProxies): NetworkAddress | undefined {
  return findCaller(
    {
      remote: getConnInfo(c).remote.address ?? '',
      forwarded: c.req.header('Forwarded'),
      x_forwarded_for: c.req.header('X-Forwarded-For'),
    },
    trusted,
  );
}
