import { Resolver } from 'node:dns/promises';

const TIMEOUT_MS = 2_000;

/** A domain's mail hosts in order of preference, in lower case; empty if there are none or the lookup fails or times out. */
export async function resolveMx(domain: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 1 });
  const records = await resolver.resolveMx(domain).catch(() => []);
  return records
    .toSorted((a, b) => a.priority - b.priority)
    .map(({ exchange }) => exchange.toLowerCase().replace(/\.$/, ''));
}
