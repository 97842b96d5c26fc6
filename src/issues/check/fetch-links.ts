import { listLinks } from './_check-links.ts';
import type { Finding } from '../finding/finding.ts';

const TIMEOUT_MS = 10_000;
/** Paths of personal links: their tokens are valid only in a reader's own mail. */
const PERSONAL = /\/(?:v|i|preferences|unsubscribe)\//;

/** Requests every public link of a mail. */
export async function fetchLinks(html: string): Promise<Finding[]> {
  const urls = [...new Set(listLinks(html).map(({ url }) => url))];
  const found = await Promise.all(urls.filter((url) => !PERSONAL.test(url)).map(fetchLink));
  return found.flatMap((finding) => finding ?? []);
}

async function fetchLink(url: string): Promise<Finding | undefined> {
  const problem = await fetch(url, { redirect: 'follow', signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
    async ({ ok, status, body }) => {
      // The body of the response is not needed.
      await body?.cancel();
      return ok ? undefined : `responds with ${status}`;
    },
    (error: unknown) => `does not respond (${error instanceof Error ? error.message : String(error)})`,
  );
  return problem === undefined
    ? undefined
    : { check: 'links', what: `${url} ${problem}`, fix: 'start the service there, or fix the link' };
}
