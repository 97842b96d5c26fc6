import { listLinks } from './_check-links.ts';
import type { Finding } from './finding.ts';

const TIMEOUT_MS = 10_000;
/** Paths of personal links: their tokens are valid only in a reader's own mail. */
const PERSONAL = /\/(?:v|i|preferences|unsubscribe)\//;

/** Requests every public link of a mail. */
export async function fetchLinks(html: string): Promise<Finding[]> {
  const addresses = [...new Set(listLinks(html).map(({ address }) => address))];
  const found = await Promise.all(addresses.filter((address) => !PERSONAL.test(address)).map(fetchLink));
  return found.flatMap((finding) => finding ?? []);
}

async function fetchLink(address: string): Promise<Finding | undefined> {
  const problem = await fetch(address, { redirect: 'follow', signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
    ({ ok, status }) => (ok ? undefined : `responds with ${status}`),
    (error: unknown) => `does not respond (${error instanceof Error ? error.message : String(error)})`,
  );
  return problem === undefined
    ? undefined
    : { check: 'links', what: `${address} ${problem}`, fix: 'start the service there, or fix the link' };
}
