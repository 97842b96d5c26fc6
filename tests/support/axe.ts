import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** Axe itself; must be evaluated in a page once before `findFaults`. */
export const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The accessibility faults that axe finds in a page that has loaded it. */
export async function findFaults(page: Page, colorScheme: 'light' | 'dark'): Promise<string[]> {
  // It is the same document, so only rules about colors can give different results.
  const rules = colorScheme === 'dark' ? `{ runOnly: ['cat.color'] }` : '';
  return page.evaluate<string[]>(
    `axe.run(${rules}).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 160)))`,
  );
}

/**
 * Expects no accessibility faults on a phone and on a desktop, in light and in dark mode, and nothing wider than the
 * window, even if the text is twice as large (WCAG 2.2, 1.4.4). `state` is for the message.
 */
export async function expectNoFault(page: Page, state: string): Promise<void> {
  await page.evaluate(AXE);
  for (const [width, colorScheme] of [
    [375, 'light'],
    [1280, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    expect(await page.evaluate('document.documentElement.scrollWidth'), state).toBe(width);
    expect(await widthWithLargeText(page), `${state}, with large text`).toBe(width);
    expect(await findFaults(page, colorScheme), `${state}, ${colorScheme}`).toEqual([]);
  }
}

/** The page's width in pixels with text of 200 %. */
export function widthWithLargeText(page: Page): Promise<number> {
  return page.evaluate<number>(`{
    const { style } = document.documentElement;
    style.fontSize = '200%';
    const width = document.documentElement.scrollWidth;
    style.fontSize = '';
    width;
  }`);
}
