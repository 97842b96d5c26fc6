import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { hasChromium, openBrowser } from '../support/chromium.ts';

const GOLDEN = new URL('golden/', import.meta.url);
const MAILS = readdirSync(GOLDEN).filter((file) => file.endsWith('.html'));
/** Lists the words that are broken over more than one line. */
const LIST_BROKEN_WORDS = `(() => {
  const broken = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    for (const { index, 0: word } of node.textContent.matchAll(/[\\p{L}\\p{N}]+/gu)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) {
        broken.push(word);
      }
    }
  }
  return broken;
})()`;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

test.skipIf(!hasChromium)(
  'axe finds no fault in any mail and no mail is wider than its window, light or dark, phone or desktop',
  { timeout: 120_000 },
  async () => {
    expect(MAILS.length).toBeGreaterThanOrEqual(10);
    const browser = await openBrowser();
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [320, 700]) {
        const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
        for (const mail of MAILS) {
          await page.setContent(readFileSync(new URL(mail, GOLDEN), 'utf8'));
          await page.evaluate(AXE);
          const faults = await page.evaluate(
            `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 160)))`,
          );
          // A mail is not a page of a site: landmarks are up to the mail client.
          expect(
            (faults as string[]).filter((fault) => !/^(landmark-one-main|region): /.test(fault)),
            `${mail} ${colorScheme} ${width}`,
          ).toEqual([]);
          expect(await page.evaluate('document.documentElement.scrollWidth'), mail).toBe(width);
        }
        await page.close();
      }
    }
  },
);

test.skipIf(!hasChromium)('at twice the text size, no word of the issue is broken on a phone', async () => {
  const issue = readFileSync(new URL('weekly-issue.html', GOLDEN), 'utf8');
  const large = issue.replace(
    /(font-size|line-height):(\d+)px/g,
    (_, property: string, pixels: string) => `${property}:${2 * Number(pixels)}px`,
  );
  expect(large).not.toBe(issue);
  const browser = await openBrowser();
  const page = await browser.newPage({ viewport: { width: 375, height: 800 } });
  await page.setContent(large);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375);
  expect(await page.evaluate(LIST_BROKEN_WORDS)).toEqual([]);
  await page.close();
});
