import { getConnInfo } from '@hono/node-server/conninfo';
import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';
import type { PageContext } from './page.tsx';

/** An address in one of these ranges (RFC 6890) belongs to a proxy, not to a reader. */
const PROXY_RANGES = new Set(['loopback', 'linkLocal', 'private', 'uniqueLocal']);

/** The address of the client, from the connection or from our own proxies; undefined if neither reveals it. */
export function findClientAddress(c: PageContext): string | undefined {
  const { trustedProxies } = c.get('context').config;
  const forwarded = (c.req.header('X-Forwarded-For') ?? '').split(',').map((part) => part.trim());
  const address = (trustedProxies > 0 ? forwarded.at(-trustedProxies) : getConnInfo(c).remote.address) ?? '';
  return isIP(address) > 0 && !PROXY_RANGES.has(ipaddr.process(address).range()) ? address : undefined;
}
