import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context as HonoContext } from 'hono';
import { findCaller, type TrustedProxies } from '../../network/forwarded-for.ts';
import { isPublicAddress, type NetworkAddress } from '../../network/network-address.ts';
import type { PageContext } from '../layout/page.tsx';

/** Where a request comes from, according to the connection or our own proxies; undefined unless it is a public address. */
export function findClientAddress(c: PageContext): NetworkAddress | undefined {
  const caller = findCallerOf(c, c.get('context').config.trustedProxies);
  return caller && isPublicAddress(caller) ? caller : undefined;
}

/** Like `findClientAddress`, but of any kind of address. */
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

/**
 * Whether a browser's Origin is ours. Without a PUBLIC_URL, as on a laptop, it is compared with the request's Host,
 * whatever that is.
 */
export function isOwnOrigin(c: PageContext, origin: string): boolean {
  const { publicUrl, isPublicUrlSet } = c.get('context').config;
  return isPublicUrlSet
    ? origin === originOf(publicUrl)
    : origin.slice(origin.indexOf('://') + 3) === (c.req.header('Host') ?? new URL(c.req.url).host);
}

/** The scheme, host and port of a valid URL. */
function originOf(url: string): string {
  const end = url.indexOf('/', url.indexOf('://') + 3);
  return end === -1 ? url : url.slice(0, end);
}
