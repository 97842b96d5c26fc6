import { Resolver } from 'node:dns/promises';

const TIMEOUT_MS = 2_000;
const TRIES = 3;
/** Error codes that mean that the domain has no MX records. */
const NONE = new Set(['ENODATA', 'ENOTFOUND']);

/**
 * A domain's mail hosts in order of preference, in lower case; empty if there are none, and undefined if that is unknown, as when the
 * lookup fails or times out.
 */
export async function resolveMx(domain: string): Promise<string[] | undefined> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  try {
    const records = await resolver.resolveMx(domain);
    return records
      .toSorted((a, b) => a.priority - b.priority)
      .map(({ exchange }) => exchange.toLowerCase().replace(/\.$/, ''));
  } catch (error) {
    return NONE.has((error as { code?: string }).code ?? '') ? [] : undefined;
  }
}
