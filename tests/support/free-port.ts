import { randomInt } from 'node:crypto';
import getPort from 'get-port';

/**
 * Below the range that the system uses for outgoing connections, one of which could take the port before a server
 * listens.
 */
const [FIRST, LAST] = [20_000, 30_000];
const TRIED = 50;

/** A port of the loopback address on which nothing listens. */
export function findFreePort(): Promise<number> {
  return getPort({ host: '127.0.0.1', port: Array.from({ length: TRIED }, () => randomInt(FIRST, LAST)) });
}
