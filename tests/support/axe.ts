import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

/** Evaluate it in a page once before `findFaults`. */
export const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The accessibility faults that axe finds in a page that has loaded it. */
export async function findFaults(page: Page, colorScheme: 'light' | 'dark'): Promise<string[]> {
  // The same document: only rules about colours can differ.
  const rules = colorScheme === 'dark' ? `{ runOnly: ['cat.color'] }` : '';
  return page.evaluate<string[]>(
    `axe.run(${rules}).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 160)))`,
  );
}
