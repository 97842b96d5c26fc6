import type { MiddlewareHandler } from 'hono';
import { getConnInfo } from '@hono/node-server/conninfo';
import { isLoopbackAddress, parseNetworkAddress } from './network-address.ts';

const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
const PROXY_HEADER = /^(forwarded|via|x-forwarded-.*|x-real-ip|cf-.*|.*client-ip)$/;

/**
 * Allows only browsers on this machine: a loopback connection with a loopback host name (so no DNS rebinding), not
 * forwarded by a proxy. Requests that change something must also come from one of our own pages. All others get 404.
 */
export const loopbackOnly: MiddlewareHandler = async (c, next) => {
  const host = c.req.header('host') ?? new URL(c.req.url).host;
  const origin = c.req.header('origin');
  const isLocal =
    isFromHere(c) &&
    LOOPBACK_HOST.test(host) &&
    !Object.keys(c.req.header()).some((name) => PROXY_HEADER.test(name));
  const isReading = c.req.method === 'GET' || c.req.method === 'HEAD';
  const isSameSite = ['same-origin', 'none', undefined].includes(c.req.header('sec-fetch-site'));
  const isOwnPage = isReading || (isSameSite && (origin === undefined || URL.parse(origin)?.host === host));
  if (!isLocal || !isOwnPage) {
    return c.notFound();
  }
  return next();
};

function isFromHere(c: Parameters<MiddlewareHandler>[0]): boolean {
  const remote = parseNetworkAddress(remoteAddress(c));
  return remote !== undefined && isLoopbackAddress(remote);
}

function remoteAddress(c: Parameters<MiddlewareHandler>[0]): string {
  try {
    return getConnInfo(c).remote.address ?? '';
  } catch {
    return '';
  }
}
