import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { approveIssue } from '../../src/issues/approve.ts';
import { draftIssue } from '../../src/issues/draft.ts';
import { prepareIssue } from '../../src/sending/prepare.ts';
import { hasChromium, openBrowser } from '../support/chromium.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';

test.skipIf(!hasChromium)(
  'from the home page to the outbox, into a mail, Ship, counted: on a phone, without scripts',
  async () => {
    const app = await createTestApp();
    await seedContent(app.context.db);
    await seedReaders(app.context.db, 3);
    await draftIssue(app.context, '2026-W48');
    await approveIssue(app.context, '2026-W48', 'test');
    await prepareIssue(app.context, '2026-W48');
    await app.drain();
    const started = Date.now();
    const sent = app.clock.now.getTime();
    app.context.now = () => new Date(sent + Date.now() - started);

    const phone = await (
      await openBrowser()
    ).newContext({
      viewport: { width: 375, height: 800 },
      javaScriptEnabled: false,
    });
    const page = await phone.newPage();
    const foreign: string[] = [];
    phone.on(
      'request',
      (request) =>
        void (/^http:\/\/(localhost|127\.0\.0\.1)[:/]/.test(request.url()) || foreign.push(request.url())),
    );
    const refused: string[] = [];
    phone.on('console', (message) => void (message.type() === 'error' && refused.push(message.text())));

    await page.goto(app.url);
    await page.getByRole('link', { name: 'Open a reader’s mail in the outbox' }).click();
    await page.getByRole('searchbox', { name: 'Find a reader' }).fill('delivered+2@');
    await page.getByRole('button', { name: 'Search' }).click();
    expect(page.url()).not.toContain('delivered');
    await page
      .getByRole('link', { name: /Harborlight vs Quillbench/ })
      .first()
      .click();
    const [votePage] = await Promise.all([
      phone.waitForEvent('page'),
      page.frameLocator('iframe').getByRole('link', { name: 'Ship Harborlight' }).click(),
    ]);
    await votePage.waitForLoadState();
    expect(await app.context.db.selectFrom('votes').selectAll().execute()).toEqual([]);
    expect(await votePage.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
    // Nobody reads a page in less than a second.
    await votePage.waitForTimeout(1_100);
    await votePage.getByRole('button', { name: 'Ship Harborlight' }).press('Enter');
    await votePage.getByRole('heading', { name: 'Counted: Ship Harborlight' }).waitFor();
    const votes = await app.context.db.selectFrom('votes').select(['tool_slug', 'choice', 'state']).execute();
    expect(votes).toEqual([{ tool_slug: 'harborlight', choice: 'ship', state: 'counted' }]);
    await votePage.waitForTimeout(10_100);
    await votePage.getByRole('button', { name: 'Change it to Skip Harborlight' }).click();
    await votePage.getByRole('heading', { name: 'Counted: Skip Harborlight' }).waitFor();
    expect(foreign).toEqual([]);
    expect(refused).toEqual([]);
  },
);

async function createPages() {
  const app = await createTestApp();
  await seedContent(app.context.db);
  await seedReaders(app.context.db, 1);
  await app.context.db
    .updateTable('tools')
    .set({ name: 'N'.repeat(60) })
    .where('slug', '=', 'harborlight')
    .execute();
  await draftIssue(app.context, '2026-W48');
  await approveIssue(app.context, '2026-W48', 'test');
  await prepareIssue(app.context, '2026-W48');
  await app.drain();
  app.context.installation = { ...app.context.installation, is_demo: true };
  const { signSubscriber, signVote } = await import('../../src/links.ts');
  const keys = app.context.linkKeys;
  const paths = [
    '/',
    '/issues',
    '/issues/2026-W48',
    '/comparisons/harborlight-vs-quillbench',
    '/studio',
    '/studio/issues/2026-W48',
    `/v/${signVote(keys, { issue_id: 1, subscriber_id: 1 })}/harborlight/skip`,
    `/i/${signVote(keys, { issue_id: 1, subscriber_id: 1 })}`,
    `/unsubscribe/${signSubscriber(keys, 'unsubscribe', 1)}`,
    `/preferences/${signSubscriber(keys, 'preferences', 1)}`,
    `/confirm/${signSubscriber(keys, 'confirm', 1)}`,
    '/nothing',
  ];
  return { url: app.url, paths };
}

test.skipIf(!hasChromium)(
  'every page fits a phone of 320 px and a desktop, and has one heading of the first level',
  async () => {
    const { url, paths } = await createPages();
    for (const width of [320, 1280]) {
      const page = await (await openBrowser()).newPage({ viewport: { width, height: 800 } });
      for (const path of paths) {
        await page.goto(url + path);
        expect(
          await page.evaluate('document.documentElement.scrollWidth'),
          `${path} at ${width}`,
        ).toBeLessThanOrEqual(width);
        expect(await page.locator('h1').count(), path).toBe(1);
      }
      await page.close();
    }
  },
);

test.skipIf(!hasChromium)(
  'no page and no mail has an accessibility fault that axe can see, light or dark',
  { timeout: 90_000 },
  async () => {
    const { url, paths } = await createPages();
    const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [375, 1280]) {
        const page = await (
          await openBrowser()
        ).newPage({
          viewport: { width, height: 800 },
          colorScheme,
          bypassCSP: true,
        });
        for (const path of paths) {
          await page.goto(url + path);
          await page.evaluate(source);
          const faults = await page.evaluate(
            `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 160)))`,
          );
          // A mail is no page of a site: landmarks are its client's business.
          const expected = path.startsWith('/i/') ? /^(landmark-one-main|region): / : /^$/;
          expect(
            (faults as string[]).filter((fault) => !expected.test(fault)),
            `${path} ${colorScheme} ${width}`,
          ).toEqual([]);
        }
        await page.close();
      }
    }
  },
);
