import { listLinks } from './_check-links.ts';
import type { Finding } from './finding.ts';

const TIMEOUT_MS = 10_000;
/** Readers' own: their tokens are good only in the mail of somebody. */
const PERSONAL = /\/(?:v|i|preferences|unsubscribe)\//;

/** Opens every public link of a mail as it goes out. */
export async function fetchLinks(html: string): Promise<Finding[]> {
  const addresses = [...new Set(listLinks(html).map(({ address }) => address))];
  const found = await Promise.all(addresses.filter((address) => !PERSONAL.test(address)).map(ask));
  return found.flatMap((finding) => finding ?? []);
}

async function ask(address: string): Promise<Finding | undefined> {
  const problem = await fetch(address, { redirect: 'follow', signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
    ({ ok, status }) => (ok ? undefined : `answers with ${status}`),
    (error: unknown) => `does not answer (${error instanceof Error ? error.message : String(error)})`,
  );
  return problem === undefined
    ? undefined
    : { check: 'links', what: `${address} ${problem}`, mend: 'start the service there, or mend the link' };
}
