import { randomInt } from 'node:crypto';
import getPort from 'get-port';

/** Below the ports that the system gives to outgoing connections: one of those could take it before a server listens. */
const [FIRST, LAST] = [20_000, 30_000];
const TRIED = 50;

/** A port of the loopback address on which nobody listens. */
export function findFreePort(): Promise<number> {
  return getPort({ host: '127.0.0.1', port: Array.from({ length: TRIED }, () => randomInt(FIRST, LAST)) });
}
