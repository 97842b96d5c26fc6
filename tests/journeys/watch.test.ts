import { expect, test } from 'vitest';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { pauseIssue } from '../../src/sending/control/pause-issue.ts';
import { resumeIssue } from '../../src/sending/control/resume-issue.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { AXE, findFaults } from '../support/axe.ts';
import { hasChromium, openBrowser } from '../support/chromium.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createStaffedApp, EDITOR, signIn } from '../support/staff.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';
const PAGE = `/studio/issues/${WEEK}`;

async function createSendingIssue(readers: number): Promise<TestApp> {
  return prepare(await createTestApp({}, '2026-11-23T10:00:00Z'), readers);
}

async function prepare<App extends TestApp>(app: App, readers: number): Promise<App> {
  await seedContent(app.context.db);
  await seedReaders(app.context.db, readers);
  await draftIssue(app.context, WEEK);
  await approveIssue(app.context, WEEK, 'test');
  await prepareIssue(app.context, WEEK);
  return app;
}

/** Reads a stream of events up to the first of the type `until`. */
async function readEvents(app: TestApp, path: string, until: string): Promise<string> {
  const stop = new AbortController();
  const response = await app.request(path, { signal: stop.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  let read = '';
  for await (const chunk of response.body ?? []) {
    read += Buffer.from(chunk as Uint8Array).toString();
    if (read.includes(`event: ${until}`)) {
      break;
    }
  }
  stop.abort();
  return read;
}

test('events report what has changed, then only heartbeats; another status of the issue is reported, too', async () => {
  const app = await createSendingIssue(3);
  const events = await readEvents(app, `${PAGE}/events?status=sending`, 'beat');
  expect(events).toContain('0 of 3 done');
  expect(events.match(/event: parts/g)).toHaveLength(1);
  expect(await readEvents(app, `${PAGE}/events?status=approved`, 'moved')).toContain('data: sending');
});

test.skipIf(!hasChromium)(
  'a page shows sending as it happens: pause, resume, an unknown outcome, a lost connection, the end',
  { timeout: 60_000 },
  async () => {
    const app = await createSendingIssue(3);
    const page = await (await openBrowser()).newPage({ bypassCSP: true });
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(app.url + PAGE);
    await page.getByText('0 of 3 done, none in the last half minute').waitFor();

    // Somebody else pauses it: the page reloads by itself, but not while something has been typed on it.
    await page.getByLabel('Another reader, by part of the address').fill('ann');
    await page.locator('h1').click();
    await pauseIssue(app.context, WEEK, 'looking into it');
    await page.getByText('It is paused now.').waitFor();
    expect(await page.getByLabel('Another reader, by part of the address').inputValue()).toBe('ann');
    await page.getByRole('link', { name: 'Reload the page' }).click();
    await page.getByRole('button', { name: 'Resume sending' }).waitFor();
    await page.getByText('Paused: 0 of 3 readers are done').waitFor();
    await resumeIssue(app.context, WEEK);
    await page.getByRole('button', { name: 'Pause sending' }).waitFor();

    // Figures and problems appear with their addresses and actions.
    const { db } = app.context;
    await db.updateTable('deliveries').set({ status: 'unknown' }).where('id', '=', 1).execute();
    await page.getByRole('heading', { name: '1 unknown' }).waitFor();
    await page.getByText('1 of 3 done').waitFor();
    await page.evaluate(AXE);
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      expect(await findFaults(page, scheme)).toEqual([]);
    }
    // What somebody is about to press does not change under their finger.
    await page.getByRole('button', { name: 'Count it as sent' }).first().focus();
    await db.updateTable('deliveries').set({ status: 'queued' }).where('id', '=', 1).execute();
    await page.getByText('0 of 3 done').waitFor();
    expect(await page.getByRole('heading', { name: '1 unknown' }).count()).toBe(1);
    await page.locator('h1').click();

    // The server is restarted.
    app.server.closeAllConnections();
    app.server.close();
    await page.getByText('Not connected. Trying again').waitFor({ timeout: 20_000 });
    app.server.listen(Number(new URL(app.url).port), '127.0.0.1');
    await page.getByText('Not connected. Trying again').waitFor({ state: 'hidden', timeout: 20_000 });
    await app.drain();
    await page.getByText('Went to 3 readers').waitFor();
    await page.getByText('3 of 3 done').first().waitFor();
    expect(errors).toEqual([]);
  },
);

test.skipIf(!hasChromium)(
  'without scripts a frame shows the progress to somebody who is signed in',
  async () => {
    const app = await createStaffedApp({}, '2026-11-23T10:00:00Z');
    const cookie = await signIn(app, EDITOR);
    await prepare(app, 3);
    const context = await (await openBrowser()).newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    const [name = '', value = ''] = cookie.split(/=(.*)/);
    await context.addCookies([
      { name, value, domain: 'localhost', path: '/studio', sameSite: 'Lax', httpOnly: true },
    ]);
    await page.goto(app.origin + PAGE);
    const frame = page.frameLocator('iframe[title="Progress of sending"]');
    await frame.getByText('0 of 3 done').waitFor();
    expect(await page.locator('[data-watch-part=progress]').isVisible()).toBe(false);
    await app.drain();
    await frame.getByText('It is sent now.').waitFor();
  },
);

test.skipIf(!hasChromium)(
  'a page that gets an error instead of events says that it is not connected',
  async () => {
    const app = await createSendingIssue(1);
    const page = await (await openBrowser()).newPage();
    await page.route('**/events*', (route) => route.fulfill({ status: 503, body: 'down' }));
    await page.goto(app.url + PAGE);
    await page.getByText('Not connected. Trying again').waitFor();
    await page.unroute('**/events*');
    await expect.poll(() => page.getByText('Not connected.').count(), { timeout: 15_000 }).toBe(0);
  },
);
