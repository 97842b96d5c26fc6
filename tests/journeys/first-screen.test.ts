import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { loadDemo } from '../../src/local/demo/load-demo.ts';
import { hasChromium, openBrowser } from '../support/chromium.ts';
import { createTestApp } from '../support/test-app.ts';

/** Metrics the open mail: positions in px from its top, sizes and counts. */
const MEASURE = `(() => ({
  height: document.documentElement.scrollHeight,
  width: document.documentElement.scrollWidth,
  words: document.body.innerText.match(/\\S*[\\p{L}\\p{N}]\\S*/gu).length,
  vote: Math.max(...[...document.links].filter((link) => /ship$/.test(link.href)).slice(0, 1)
    .map((link) => link.getBoundingClientRect().bottom)),
  mastheadHeight: document.querySelector('p').getBoundingClientRect().height,
  sizes: [...new Set([...document.querySelectorAll('body *')]
    .filter((one) => one.childNodes.length > 0 && one.textContent.trim()).map((one) => getComputedStyle(one).fontSize))].sort(),
}))()`;
/** How each vote button looks. */
const LOOKS = `(selector) => [...document.querySelectorAll(selector)].map((one) => {
  const { width, height } = one.getBoundingClientRect();
  const box = getComputedStyle(one.closest('td') ?? one);
  const text = getComputedStyle(one);
  return [Math.round(width), height, box.backgroundColor, box.borderTopColor, box.borderTopWidth, text.color, text.fontWeight,
    text.fontSize].join(' ');
})`;

/** The picture's width as stored, its size as shown, and its URL. */
const SHOWN_PICTURE = `(async () => {
  const image = document.querySelector('img');
  await image.decode();
  return [image.naturalWidth, image.clientWidth + '×' + image.clientHeight, image.currentSrc].join(' ');
})()`;

interface Metrics {
  height: number;
  width: number;
  words: number;
  vote: number;
  mastheadHeight: number;
  sizes: string[];
}

test.skipIf(!hasChromium)(
  'the demo’s issue: verdict and vote on the first screen, both choices alike, short, five sizes of type',
  { timeout: 60_000 },
  async () => {
    const app = await createTestApp({ MAIL_REPLY_TO: 'editor@verdicts.example' });
    await loadDemo(app.context, {
      openAt: () => Promise.resolve({ url: `${app.url}/outbox/api`, close: () => Promise.resolve() }),
      deliverWebhooks: (stopping) => app.outbox.deliverWebhooks(stopping),
    });
    const { html } = await app.context.db
      .selectFrom('outbox.mails')
      .select('html')
      .where('subject', 'in', app.context.db.selectFrom('issue_renderings').select('subject'))
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    expect(html).not.toBeNull();
    const page = await (await openBrowser()).newPage();
    const phone = await measure(page, html ?? '', 375);
    expect(phone.vote).toBeLessThan(700);
    expect(phone.height).toBeLessThanOrEqual(4_000);
    expect(phone.words).toBeLessThanOrEqual(700);
    expect(phone.width).toBe(375);
    expect(phone.mastheadHeight).toBeLessThan(30);
    expect(phone.sizes.length).toBeLessThanOrEqual(5);
    expect((await measure(page, html ?? '', 700)).vote).toBeLessThan(620);
    const looks = await page.evaluate<string[]>(`(${LOOKS})('a[href$="/ship"], a[href$="/skip"]')`);
    expect(looks.length).toBeGreaterThanOrEqual(12);
    expect(new Set(looks.slice(0, 4)).size).toBe(1);
    const order = await page.evaluate<string[]>(
      `[...document.links].map(({ href }) => href.split('/').at(-1)).filter((name) => name === 'ship' || name === 'skip')`,
    );
    expect(order).toEqual(order.map((_, index) => (index % 2 === 0 ? 'ship' : 'skip')));
    expect(await page.getByText('Hit reply').count()).toBe(1);
    // One tool of the lead has a picture of its own, in two versions; the other has its letters.
    const picture = page.getByRole('img').first();
    expect(await picture.getAttribute('aria-label')).not.toBe('');
    const inLight = await page.evaluate<string>(SHOWN_PICTURE);
    expect(inLight).toMatch(/^96 36×36 /);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(() => page.evaluate<string>(SHOWN_PICTURE)).not.toBe(inLight);
    expect(await page.evaluate<string>(SHOWN_PICTURE)).toMatch(/^96 36×36 /);
  },
);

async function measure(page: Page, html: string, width: number): Promise<Metrics> {
  await page.setViewportSize({ width, height: 800 });
  await page.setContent(html);
  return page.evaluate<Metrics>(MEASURE);
}
