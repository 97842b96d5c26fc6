import { sql } from 'kysely';
import type { Page, Request } from 'playwright-core';
import { expect, test } from 'vitest';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { signSubscriber, signVote } from '../../src/links/tokens.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { closeVoting } from '../../src/votes/close/close.ts';
import { AXE, findFaults, widthWithLargeText } from '../support/axe.ts';
import { hasChromium, openBrowser } from '../support/chromium.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

test.skipIf(!hasChromium)(
  'a phone without scripts gets from the home page through the outbox and a mail to a counted Ship vote',
  async () => {
    const app = await createTestApp();
    await seedContent(app.context.db);
    await seedReaders(app.context.db, 3);
    await draftIssue(app.context, '2026-W48');
    await approveIssue(app.context, '2026-W48', 'test');
    await prepareIssue(app.context, '2026-W48');
    await app.drain();
    const started = Date.now();
    // Half a minute after the mail: a vote without scripts that comes sooner is held.
    let clockStart = app.clock.now.getTime() + 30_000;
    app.context.now = () => new Date(clockStart + Date.now() - started);

    const phone = await (
      await openBrowser()
    ).newContext({
      viewport: { width: 375, height: 800 },
      javaScriptEnabled: false,
    });
    const page = await phone.newPage();
    const thirdParty: string[] = [];
    phone.on(
      'request',
      (request) =>
        void (/^http:\/\/(localhost|127\.0\.0\.1)[:/]/.test(request.url()) || thirdParty.push(request.url())),
    );
    const consoleErrors: string[] = [];
    phone.on('console', (message) => void (message.type() === 'error' && consoleErrors.push(message.text())));

    await page.goto(app.url);
    await page.getByRole('link', { name: 'Open a reader’s email in the outbox' }).click();
    await page.getByRole('searchbox', { name: 'Find a reader' }).fill('delivered+2@');
    await page.getByRole('button', { name: 'Search' }).click();
    expect(page.url()).not.toContain('delivered');
    await page
      .getByRole('link', { name: /Harborlight.*Quillbench/ })
      .first()
      .click();
    const [votePage] = await Promise.all([
      phone.waitForEvent('page'),
      page.frameLocator('iframe').getByRole('link', { name: 'Ship Harborlight', exact: true }).click(),
    ]);
    await votePage.waitForLoadState();
    expect(await app.context.db.selectFrom('votes').selectAll().execute()).toEqual([]);
    expect(await votePage.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
    // A vote less than a second after rendering would be held as too fast.
    await votePage.waitForTimeout(1_100);
    await votePage.getByRole('button', { name: 'Ship Harborlight' }).press('Enter');
    await votePage.getByRole('heading', { name: 'Counted: Ship Harborlight' }).waitFor();
    const votes = await app.context.db.selectFrom('votes').select(['tool_slug', 'choice', 'state']).execute();
    expect(votes).toEqual([{ tool_slug: 'harborlight', choice: 'ship', state: 'counted' }]);
    // Both choices within ten seconds look like a scanner's.
    clockStart += 10_100;
    await votePage.getByRole('button', { name: 'Change it to Skip Harborlight' }).click();
    await votePage.getByRole('heading', { name: 'Counted: Skip Harborlight' }).waitFor();
    expect(thirdParty).toEqual([]);
    expect(consoleErrors).toEqual([]);
  },
);

/** Two issues: one with a frozen result, and one with open voting. */
async function createPages() {
  const app = await createTestApp();
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 1);
  await context.db
    .updateTable('tools')
    .set({ name: 'N'.repeat(60) })
    .where('slug', '=', 'harborlight')
    .execute();
  await sendIssue(app, '2026-W48');
  await sql`
    insert into votes (issue_id, tool_slug, voter_key, choice, state, cast_at, changed_at)
    select 1, tool, decode(md5(tool || number), 'hex'), case when number > 15 then 'ship' else 'skip' end,
      case when number > 60 then 'held' else 'counted' end, now(), now()
    from generate_series(1, 70) as number, unnest(array['harborlight', 'quillbench']) as tool`.execute(
    context.db,
  );
  await closeVoting(context, '2026-W48');
  await context.db
    .updateTable('tools')
    .set(({ eb }) => ({ revision: eb('revision', '+', 1) }))
    .execute();
  app.clock.now = new Date('2026-12-01T14:00:00Z');
  await context.db.updateTable('comparisons').set({ published_at: app.clock.now }).execute();
  await sendIssue(app, '2026-W49');
  app.context.installation = { ...context.installation, is_demo: true };
  await context.db
    .insertInto('address_changes')
    .values({ subscriber_id: 1, email: 'delivered+new@resend.dev', requested_at: app.clock.now })
    .execute();
  const keys = context.linkKeys;
  const publicPaths = [
    '/',
    '/issues',
    '/issues/2026-W48',
    '/issues/2026-W49',
    '/comparisons',
    '/comparisons?q=nothing+of+the+kind&category=Data',
    '/comparisons/harborlight-vs-quillbench',
    '/results',
    '/results/2026-W48',
    '/results/2026-W48/harborlight-vs-quillbench',
    '/results/2026-W49',
  ];
  const ownPaths = [
    '/studio',
    '/studio/learn',
    '/studio/issues/2026-W49',
    `/v/${signVote(keys, { issue_id: 1, subscriber_id: 1 })}/harborlight/skip`,
    `/v/${signVote(keys, { issue_id: 2, subscriber_id: 1 })}/harborlight/skip`,
    `/i/${signVote(keys, { issue_id: 2, subscriber_id: 1 })}`,
    `/unsubscribe/${signSubscriber(keys, 'unsubscribe', 1)}`,
    `/preferences/${signSubscriber(keys, 'preferences', 1)}`,
    `/preferences/${signSubscriber(keys, 'preferences', 1)}/about`,
    `/preferences/${signSubscriber(keys, 'preferences', 1)}/erase`,
    `/confirm/${signSubscriber(keys, 'confirm', 1)}`,
    `/stay/${signSubscriber(keys, 'stay', 1)}`,
    `/address/${signSubscriber(keys, 'address', 1)}`,
    '/nothing',
  ];
  return { url: app.url, publicPaths, paths: [...publicPaths, ...ownPaths] };
}

async function sendIssue(app: TestApp, week: string) {
  await draftIssue(app.context, week);
  await approveIssue(app.context, week, 'test');
  await prepareIssue(app.context, week);
  await app.drain();
}

test.skipIf(!hasChromium)(
  'a public page is under 50 kB without images, makes no third-party requests, and is readable without scripts',
  async () => {
    const { url, publicPaths } = await createPages();
    const context = await (await openBrowser()).newContext({ javaScriptEnabled: false });
    for (const path of publicPaths) {
      const page = await context.newPage();
      const requested: string[] = [];
      page.on('request', (request) => void requested.push(request.url()));
      const sizes: ReturnType<Request['sizes']>[] = [];
      page.on('requestfinished', (request) => {
        if (request.resourceType() !== 'image') {
          sizes.push(request.sizes());
        }
      });
      await page.goto(url + path);
      const bytes = (await Promise.all(sizes)).reduce(
        (sum, { responseBodySize, responseHeadersSize }) => sum + responseBodySize + responseHeadersSize,
        0,
      );
      expect(
        requested.filter((address) => !address.startsWith(url)),
        path,
      ).toEqual([]);
      expect(bytes, path).toBeGreaterThan(1_000);
      expect(bytes, path).toBeLessThan(50_000);
      expect((await page.locator('main').innerText()).length, path).toBeGreaterThan(50);
      await page.close();
    }
  },
  60_000,
);

test.skipIf(!hasChromium)(
  'every page and mail fits a 320 px phone and a desktop, has exactly one h1, and axe finds no accessibility fault in it, light or dark',
  { timeout: 120_000 },
  async () => {
    const { url, paths } = await createPages();
    const page = await (await openBrowser()).newPage({ bypassCSP: true });
    for (const path of paths) {
      await page.goto(url + path);
      expect(await page.locator('h1').count(), path).toBe(1);
      await page.evaluate(AXE);
      for (const width of [320, 375, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        expect(
          await page.evaluate('document.documentElement.scrollWidth'),
          `${path} at ${width}`,
        ).toBeLessThanOrEqual(width);
        expect(
          width === 320 ? width : await widthWithLargeText(page),
          `${path} at ${width} with large text`,
        ).toBeLessThanOrEqual(width);
        for (const colorScheme of width === 320 ? [] : (['light', 'dark'] as const)) {
          await page.emulateMedia({ colorScheme });
          expect(await findFaultsOf(page, path, colorScheme), `${path} ${colorScheme} ${width}`).toEqual([]);
        }
      }
    }
  },
);

async function findFaultsOf(page: Page, path: string, colorScheme: 'light' | 'dark'): Promise<string[]> {
  // A mail is not a page of a site: landmarks are up to the mail client.
  const expected = path.startsWith('/i/') ? /^(landmark-one-main|region): / : /^$/;
  return (await findFaults(page, colorScheme)).filter((fault) => !expected.test(fault));
}
