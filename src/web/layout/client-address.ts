import { getConnInfo } from '@hono/node-server/conninfo';
import { BlockList, isIP } from 'node:net';
import type { PageContext } from './page.tsx';

/** Loopback, link-local and private networks (RFC 6890): such an address is a proxy's, not a reader's. */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  PRIVATE.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  PRIVATE.addSubnet(network, bits, 'ipv6');
}

/** Where a request comes from, by the connection or by what our own proxies say; undefined when neither tells. */
export function findClientAddress(c: PageContext): string | undefined {
  const { trustedProxies } = c.get('context').config;
  const forwarded = (c.req.header('X-Forwarded-For') ?? '').split(',').map((part) => part.trim());
  const address = (
    trustedProxies > 0 ? forwarded.at(-trustedProxies) : getConnInfo(c).remote.address
  )?.replace(/^::ffff:/, '');
  const family = isIP(address ?? '');
  return address && family > 0 && !PRIVATE.check(address, family === 4 ? 'ipv4' : 'ipv6')
    ? address
    : undefined;
}
