import { isWithin, type Network, type NetworkAddress, parseNetworkAddress } from './network-address.ts';

/** How many of our own proxies are in front of this server, or the networks that they are in. */
export type TrustedProxies = number | readonly Network[];

interface Route {
  /** The other end of the connection. */
  remote: string;
  /** The headers' values. */
  forwarded?: string | undefined;
  x_forwarded_for?: string | undefined;
}

/**
 * The address that our outermost proxy was called from; undefined if it cannot be known. Each proxy appends the address
 * that it was called from to `X-Forwarded-For`, or to `Forwarded` (RFC 7239); what precedes that is only the caller's claim, and
 * so is a header that our proxies do not write: where the two disagree, neither is believed.
 */
export function findCaller(route: Route, trusted: TrustedProxies): NetworkAddress | undefined {
  const remote = parseNetworkAddress(route.remote);
  if (trusted === 0 || (Array.isArray(trusted) && !(remote && isWithin(remote, trusted)))) {
    return remote;
  }
  const chains = [
    ...(route.x_forwarded_for === undefined ? [] : [route.x_forwarded_for.split(',')]),
    ...(route.forwarded === undefined ? [] : [readForwarded(route.forwarded)]),
  ];
  const callers = chains.map((chain) => findInChain(chain, trusted));
  const [caller] = callers;
  return caller && callers.every((other) => other?.toString() === caller.toString()) ? caller : undefined;
}

function findInChain(chain: readonly string[], trusted: TrustedProxies): NetworkAddress | undefined {
  if (typeof trusted === 'number') {
    return parseNetworkAddress(chain.at(-trusted) ?? '');
  }
  // Outwards, past our own proxies; an address that cannot be read ends the search.
  for (const text of chain.toReversed()) {
    const address = parseNetworkAddress(text);
    if (!address || !isWithin(address, trusted)) {
      return address;
    }
  }
  return undefined;
}

/** The `for` of each element (RFC 7239, section 4); empty where there is none, so that there is one entry per proxy. */
function readForwarded(header: string): string[] {
  const elements = header.match(/(?:"(?:[^"\\]|\\.)*"|[^,])+/g) ?? [];
  return elements.map((element) => {
    const [, quoted, token] = /(?:^|;)\s*for\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/i.exec(element) ?? [];
    return quoted?.replaceAll(/\\(.)/g, '$1') ?? token ?? '';
  });
}
