import { type LookupAddress, lookup } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { text } from 'node:stream/consumers';
import { isPublicAddress, type NetworkAddress, parseNetworkAddress } from './network-address.ts';

const TIMEOUT_MS = 15_000;
/** How much of a response is kept, for staff who look into a failure. */
const KEPT_BYTES = 300;

export interface PostResponse {
  status: number;
  retry_after: string | undefined;
  /** The first characters of the body. */
  start: string;
}

/**
 * Posts JSON to an address that somebody else chose. Follows no redirect. Unless `allowsPrivate`, the connection itself is to a
 * public address, whatever the name resolves to a moment later. Throws if it cannot connect or gets no answer within 15 s.
 */
export async function postJson(
  url: URL,
  body: string,
  headers: Record<string, string>,
  { allowsPrivate }: { allowsPrivate: boolean },
): Promise<PostResponse> {
  const literal = parseNetworkAddress(url.hostname);
  if (!allowsPrivate && literal && !isReachable(literal)) {
    throw new Error(describePrivate(url.hostname));
  }
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      signal,
      // A reused connection would skip the lookup.
      agent: false,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
      ...(allowsPrivate ? {} : { lookup: lookUpPublic }),
    });
    sent.on('error', (error) =>
      reject(signal.aborted ? new Error(`no answer within ${TIMEOUT_MS / 1_000} s`) : error),
    );
    sent.on('response', (response) => {
      // The status is known by now; a body that never arrives does not change it.
      const start = readStart(response).catch(() => '');
      void start.then((start) => {
        sent.destroy();
        resolve({ status: response.statusCode ?? 0, retry_after: response.headers['retry-after'], start });
      });
    });
    sent.end(body);
  });
}

async function readStart(response: AsyncIterable<Buffer>): Promise<string> {
  const head = async function* () {
    let bytes = 0;
    for await (const chunk of response) {
      yield chunk.subarray(0, KEPT_BYTES - bytes);
      bytes += chunk.length;
      if (bytes >= KEPT_BYTES) {
        return;
      }
    }
  };
  return (await text(head())).trim();
}

/** As Node's own lookup, but fails if any address of the name is not public. */
const lookUpPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) {
      callback(error, '');
      return;
    }
    const [first] = addresses;
    if (!first || !addresses.every(isPublic)) {
      callback(new Error(describePrivate(hostname)), '');
    } else if (options.all) {
      callback(null, addresses);
    } else {
      callback(null, first.address, first.family);
    }
  });
};

function isPublic({ address }: LookupAddress): boolean {
  const parsed = parseNetworkAddress(address);
  return parsed !== undefined && isReachable(parsed);
}

/** Some readers have tunnel addresses (6to4, Teredo), but from here these can lead to any IPv4 address. */
function isReachable(address: NetworkAddress): boolean {
  return isPublicAddress(address) && address.range() === 'unicast';
}

function describePrivate(host: string): string {
  return `${host} is in a private network; OUTGOING_WEBHOOKS_TO=any would allow it`;
}
