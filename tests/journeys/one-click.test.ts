import { expect, test } from 'vitest';
import { hasChromium, openBrowser } from '../support/chromium.ts';
import { createSentIssue } from '../support/sent-issue.ts';

/** A phone with its own browser, and a sent issue whose clock runs. */
async function openPhone(mailClass: 'clean' | 'unknown' | 'scanned', hoursLater: number) {
  const app = await createSentIssue(3, mailClass);
  const sent = app.clock.now.getTime() + hoursLater * 3_600_000;
  const started = Date.now();
  app.context.now = () => new Date(sent + Date.now() - started);
  const browser = await openBrowser();
  const phone = await browser.newContext({
    viewport: { width: 375, height: 800 },
    hasTouch: true,
    isMobile: true,
  });
  const page = await phone.newPage();
  const consoleErrors: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && consoleErrors.push(message.text())));
  const open = (path: string) => page.goto(app.url + path);
  const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor({ timeout: 6_000 });
  return { ...app, phone, page, consoleErrors, open, heading };
}

test.skipIf(!hasChromium)('on a host without scanners, following the link casts the vote', async () => {
  const { page, open, heading, pathOf, listVotes, consoleErrors } = await openPhone('clean', 2);
  await open(pathOf(1));
  expect(await listVotes()).toEqual([]);
  await heading('Counted: Ship Harborlight');
  expect(await listVotes()).toEqual(['harborlight ship counted']);
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Counted: Ship Harborlight');
  // A vote less than a second after rendering would be held as too fast.
  await page.waitForTimeout(1_100);
  await page.getByRole('button', { name: 'Change it to Skip Harborlight' }).tap();
  await heading('Counted: Skip Harborlight');
  expect(await listVotes()).toEqual(['harborlight skip counted']);
  await page.getByRole('button', { name: 'Ship Quillbench' }).tap();
  await heading('Counted: Ship Quillbench');
  expect(await listVotes()).toEqual(['harborlight skip counted', 'quillbench ship counted']);
  expect(consoleErrors).toEqual([]);
});

test.skipIf(!hasChromium)(
  'only a tap changes a counted vote: the back button, a reload and the other link do not',
  async () => {
    const { page, open, heading, pathOf, listVotes } = await openPhone('clean', 2);
    await open(pathOf(1));
    await heading('Counted: Ship Harborlight');
    await page.waitForTimeout(1_100);
    await page.getByRole('button', { name: 'Change it to Skip Harborlight' }).tap();
    await heading('Counted: Skip Harborlight');
    await page.goBack();
    await page.touchscreen.tap(6, 300);
    await page.waitForTimeout(2_500);
    expect(await listVotes()).toEqual(['harborlight skip counted']);
    await open(pathOf(1));
    await page.getByText('You said Skip. That stays your vote unless you change it here.').waitFor();
    await page.reload();
    await page.touchscreen.tap(6, 300);
    await page.waitForTimeout(2_500);
    expect(await listVotes()).toEqual(['harborlight skip counted']);
    await page.getByRole('button', { name: 'Ship Harborlight' }).tap();
    await heading('Counted: Ship Harborlight');
    expect(await listVotes()).toEqual(['harborlight ship counted']);
  },
);

test.skipIf(!hasChromium)('a vote made offline is cast once the browser is online', async () => {
  const { phone, page, open, heading, pathOf, listVotes, consoleErrors } = await openPhone('clean', 2);
  await open(pathOf(1));
  await phone.setOffline(true);
  await page.waitForTimeout(1_800);
  expect(await listVotes()).toEqual([]);
  await phone.setOffline(false);
  await heading('Counted: Ship Harborlight');
  expect(await listVotes()).toEqual(['harborlight ship counted']);
  expect(consoleErrors.filter((text) => !text.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
});

test.skipIf(!hasChromium)('a hidden page casts nothing until it is visible', async () => {
  const { phone, page, open, heading, pathOf, listVotes } = await openPhone('clean', 2);
  await page.addInitScript(
    `Object.defineProperty(document, 'visibilityState', { get: () => window.front ? 'visible' : 'hidden' })`,
  );
  await open(pathOf(1));
  await page.waitForTimeout(1_800);
  expect(await listVotes()).toEqual([]);
  await page.evaluate('window.front = true');
  await heading('Counted: Ship Harborlight');
  await phone.close();
});

test.skipIf(!hasChromium)('on an unknown host only the first human interaction casts the vote', async () => {
  const { page, open, heading, pathOf, listVotes } = await openPhone('unknown', 2);
  await open(pathOf(1));
  // Synthetic events from a script do not count as human interaction.
  await page.evaluate(
    `dispatchEvent(new PointerEvent('pointermove', { movementX: 5 })); dispatchEvent(new KeyboardEvent('keydown', { key: 'a' })); scrollTo(0, 200)`,
  );
  await page.waitForTimeout(2_000);
  expect(await listVotes()).toEqual([]);
  await page.touchscreen.tap(6, 300);
  await heading('Counted: Ship Harborlight');
  expect(await listVotes()).toEqual(['harborlight ship counted']);
});

test.skipIf(!hasChromium)(
  'if the first touch is a vote on another tool, the vote of the link is cast as well; a change of mind is not',
  async () => {
    const { page, open, heading, pathOf, listVotes } = await openPhone('unknown', 2);
    await open(pathOf(1));
    await page.waitForTimeout(1_100);
    await page.getByRole('button', { name: 'Ship Quillbench' }).tap();
    await heading('Counted: Ship Quillbench');
    await expect.poll(listVotes).toEqual(['harborlight ship counted', 'quillbench ship counted']);
    await open(pathOf(2));
    await page.waitForTimeout(1_100);
    await page.getByRole('button', { name: 'Skip Harborlight' }).tap();
    await heading('Counted: Skip Harborlight');
    await page.waitForTimeout(1_000);
    expect(await listVotes()).toHaveLength(3);
  },
);

test.skipIf(!hasChromium)(
  'while scanners may be active a vote needs a second press; the next vote in the same browser is one click',
  async () => {
    const { page, open, heading, pathOf, listVotes } = await openPhone('scanned', 0.005);
    await open(pathOf(1));
    await page.touchscreen.tap(6, 300);
    await page.getByText(/Press once more in \d+ seconds/).waitFor();
    expect(await listVotes()).toEqual(['harborlight ship at delivery']);
    await page.waitForTimeout(12_000);
    await page.getByRole('button', { name: 'Ship Harborlight' }).tap();
    await heading('Counted: Ship Harborlight');
    await open(pathOf(1, 'quillbench', 'skip'));
    await heading('Counted: Skip Quillbench');
    expect(await listVotes()).toEqual(['harborlight ship counted', 'quillbench skip counted']);
  },
);

test.skipIf(!hasChromium)('an automatic vote records a human interaction that comes later', async () => {
  const { context, page, open, heading, pathOf, listVotes } = await openPhone('clean', 2);
  await open(pathOf(1));
  await heading('Counted: Ship Harborlight');
  const hand = async () =>
    (await context.db.selectFrom('casts').select('hand_at').executeTakeFirst())?.hand_at;
  expect(await hand()).toBeNull();
  await page.touchscreen.tap(6, 300);
  await expect.poll(hand).toBeInstanceOf(Date);
  expect(await listVotes()).toEqual(['harborlight ship counted']);
});

test.skipIf(!hasChromium)(
  'a vote can be cast with the keyboard alone, even for the other choice',
  async () => {
    const { page, open, heading, pathOf, listVotes } = await openPhone('scanned', 0.1);
    await open(pathOf(1));
    await page.waitForTimeout(1_100);
    const pressSkip = async () => {
      await page.getByRole('button', { name: 'Skip Harborlight' }).focus();
      await page.keyboard.press('Enter');
    };
    await pressSkip();
    await page.getByText(/Press once more in \d+ seconds/).waitFor();
    await page.waitForTimeout(12_000);
    await pressSkip();
    await heading('Counted: Skip Harborlight');
    expect(await listVotes()).toEqual(['harborlight skip counted']);
  },
);

test.skipIf(!hasChromium)(
  'votes of a scanner that runs scripts and opens all links in a real browser do not count',
  async () => {
    for (const mailClass of ['clean', 'unknown', 'scanned'] as const) {
      const { phone, url, pathOf, listVotes } = await openPhone(mailClass, 0.02);
      const tools = ['harborlight', 'quillbench', 'mossgate', 'tallyrook', 'fernwick', 'ovenbird'];
      const links = tools.flatMap((tool) => [pathOf(1, tool, 'ship'), pathOf(1, tool, 'skip')]);
      await Promise.all(
        links.map(async (link) => {
          const tab = await phone.newPage();
          await tab.goto(url + link);
          await tab.waitForTimeout(2_500);
        }),
      );
      expect(
        (await listVotes()).filter((vote) => vote.endsWith('counted')),
        mailClass,
      ).toEqual([]);
    }
  },
  60_000,
);

test.skipIf(!hasChromium)('human interaction is believed however long the page took to load', async () => {
  const { page, open, heading, pathOf, listVotes } = await openPhone('unknown', 2);
  await page.route('**/v/**', async (route) => {
    await page.waitForTimeout(route.request().method() === 'GET' ? 4_000 : 0);
    await route.continue();
  });
  await open(pathOf(1));
  await page.touchscreen.tap(6, 300);
  await heading('Counted: Ship Harborlight');
  expect(await listVotes()).toEqual(['harborlight ship counted']);
});

test.skipIf(!hasChromium)('a link to which a mail client added a full stop works all the same', async () => {
  const { context, page, open, heading, pathOf, listVotes } = await openPhone('clean', 2);
  await open(`${pathOf(1)}.`);
  await heading('Counted: Ship Harborlight');
  await page.touchscreen.tap(6, 300);
  const hand = async () =>
    (await context.db.selectFrom('casts').select('hand_at').executeTakeFirst())?.hand_at;
  await expect.poll(hand).toBeInstanceOf(Date);
  expect(await listVotes()).toEqual(['harborlight ship counted']);
});
