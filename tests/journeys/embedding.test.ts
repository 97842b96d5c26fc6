import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { hasChromium, openBrowser } from '../support/chromium.ts';
import { seedContent } from '../support/seed.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';
import { joinScript } from '../../src/web/join/join-script.ts';

const DOCS = readFileSync(new URL('../../docs/embedding.md', import.meta.url), 'utf8');
const WIDTHS = [375, 1280];

/** A snippet from docs/embedding.md, with this test's addresses. */
function snippet(name: string, app: TestApp, site: string): string {
  const [, html = ''] = new RegExp(`<!-- snippet: ${name} -->\n\`\`\`html\n([^]*?)\`\`\``).exec(DOCS) ?? [];
  return html
    .replaceAll('https://verdicts.example.net', app.url)
    .replaceAll('https://example.net', site)
    .replaceAll('a-vs-b', 'harborlight-vs-quillbench');
}

/** A site on another origin, with one snippet on each page; `stranger` is the same site on an origin that is not configured. */
async function createSite(publicUrl = 'http://localhost:$PORT') {
  let app: TestApp | undefined;
  const server = createServer((request, response) => {
    const name = (request.url ?? '/').slice(1);
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    const html = app ? snippet(name, app, site) : '';
    response.end(
      `<!doctype html><html lang="en"><title>${name}</title><body><h1>${name || 'home'}</h1>${html}`,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const site = `http://127.0.0.1:${port}`;
  app = await createTestApp({ SITE_ORIGINS: site, PUBLIC_URL: publicUrl });
  await seedContent(app.context.db);
  return { app, site, stranger: `http://localhost:${port}` };
}

const listReaders = ({ context }: TestApp) =>
  context.db
    .selectFrom('subscribers')
    .select(['email', 'consent_source', 'consent_form', 'consent_wording'])
    .orderBy('id')
    .execute();

test.skipIf(!hasChromium).each(WIDTHS)(
  'the snippets of docs/embedding.md work on another origin, %i px wide',
  { timeout: 60_000 },
  async (width) => {
    const { app, site } = await createSite();
    const context = await (await openBrowser()).newContext({ viewport: { width, height: 800 } });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));

    await page.goto(`${site}/form`);
    await page.getByLabel('Email address').fill('delivered+plain@resend.dev');
    await page.getByRole('button').click();
    await page.waitForURL(`${site}/thanks`);

    await page.goto(`${site}/script`);
    await page.getByLabel('Email address').fill('delivered+stays@resend.dev');
    await page.keyboard.press('Enter');
    await page.getByText('an email with a button is on its way').waitFor();
    expect(page.url()).toBe(`${site}/script`);
    await page.getByLabel('Email address').fill('nobody');
    await page.keyboard.press('Enter');
    await page.getByText('There is no @ in that address.').waitFor();
    await page.getByLabel('Email address').fill('ann@gmial.com');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'ann@gmail.com' }).click();
    await page.getByText('If we can send to ann@gmail.com').waitFor();

    await page.goto(`${site}/api`);
    await page.getByText('(ann@gmail.com)').waitFor();

    await page.goto(`${site}/badge`);
    expect(await page.evaluate('document.images[0].naturalWidth')).toBeGreaterThan(100);

    await page.goto(`${site}/figures`);
    await page.getByText('Harborlight: —').waitFor();

    expect(await listReaders(app)).toEqual([
      {
        email: 'delivered+plain@resend.dev',
        consent_source: '/compare/harborlight-vs-quillbench',
        consent_form: 'embedded',
        consent_wording: 'site-2026-11',
      },
      {
        email: 'delivered+stays@resend.dev',
        consent_source: '/script',
        consent_form: 'api',
        consent_wording: 'site-2026-11',
      },
      {
        email: 'ann@gmail.com',
        consent_source: '/script',
        consent_form: 'api',
        consent_wording: 'site-2026-11',
      },
    ]);
    expect(errors).toEqual([]);
  },
);

test.skipIf(!hasChromium)(
  'a page that asks about an address leads back to the site as well',
  { timeout: 60_000 },
  async () => {
    const { app, site } = await createSite('http://127.0.0.1:$PORT');
    const page = await (await (await openBrowser()).newContext()).newPage();
    // A typo, and something that is not an address.
    for (const typed of ['ann@gmial.com', 'ann@']) {
      await page.goto(`${site}/form`);
      await page.getByLabel('Email address').fill(typed);
      await page.getByRole('button').click();
      await page.waitForURL(/\/subscribe$/);
      // A person needs some seconds.
      app.clock.now = new Date(app.clock.now.getTime() + 5_000);
      if (typed === 'ann@') {
        await page.getByLabel('Email address').fill('delivered+ann@resend.dev');
        await page.getByRole('button', { name: 'Send me the weekly verdicts' }).click();
      } else {
        await page.getByRole('button', { name: 'ann@gmail.com' }).click();
      }
      await page.waitForURL(`${site}/thanks`);
    }
    const readers = await listReaders(app);
    expect(readers.map(({ email, consent_form }) => [email, consent_form])).toEqual([
      ['ann@gmail.com', 'embedded'],
      // Signed up on our own page, with its wording.
      ['delivered+ann@resend.dev', 'site'],
    ]);
  },
);

test.skipIf(!hasChromium)(
  'the same snippets on an origin that is not configured sign nobody up',
  { timeout: 60_000 },
  async () => {
    const { app, stranger } = await createSite();
    const page = await (await (await openBrowser()).newContext()).newPage();
    for (const name of ['form', 'script']) {
      await page.goto(`${stranger}/${name}`);
      await page.getByLabel('Email address').fill('delivered+ann@resend.dev');
      await page.getByRole('button').click();
      await page.getByText('nobody was signed up').waitFor();
    }
    expect(await listReaders(app)).toEqual([]);
  },
);

test('the script is under 2 kB', () => {
  expect(Buffer.byteLength(joinScript)).toBeLessThan(2_000);
});
