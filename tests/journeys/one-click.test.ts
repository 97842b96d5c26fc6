import { expect, test } from 'vitest';
import { hasChromium, openBrowser } from '../support/chromium.ts';
import { createSentIssue } from '../support/sent-issue.ts';

/** A phone with a browser of its own, in an issue whose clock goes. */
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
  const refused: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && refused.push(message.text())));
  const open = (path: string) => page.goto(app.url + path);
  const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor({ timeout: 6_000 });
  return { ...app, phone, page, refused, open, heading };
}

test.skipIf(!hasChromium)('where nothing scans, following the link is the whole vote', async () => {
  const { page, open, heading, pathOf, listVotes, refused } = await openPhone('clean', 2);
  await open(pathOf(1));
  expect(await listVotes()).toEqual([]);
  await heading('Counted: Ship Harborlight');
  expect(await listVotes()).toEqual(['harborlight ship counted']);
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Counted: Ship Harborlight');
  // Nobody reads a page in less than a second.
  await page.waitForTimeout(1_100);
  await page.getByRole('button', { name: 'Change it to Skip Harborlight' }).tap();
  await heading('Counted: Skip Harborlight');
  expect(await listVotes()).toEqual(['harborlight skip counted']);
  await page.getByRole('button', { name: 'Ship Quillbench' }).tap();
  await heading('Counted: Ship Quillbench');
  expect(await listVotes()).toEqual(['harborlight skip counted', 'quillbench ship counted']);
  expect(refused).toEqual([]);
});

test.skipIf(!hasChromium)(
  'what counts is changed by a tap alone: neither the back button, a reload nor the other link does it',
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
    await page.getByText('You said Skip, and so it stays unless you press the button.').waitFor();
    await page.reload();
    await page.touchscreen.tap(6, 300);
    await page.waitForTimeout(2_500);
    expect(await listVotes()).toEqual(['harborlight skip counted']);
    await page.getByRole('button', { name: 'Ship Harborlight' }).tap();
    await heading('Counted: Ship Harborlight');
    expect(await listVotes()).toEqual(['harborlight ship counted']);
  },
);

test.skipIf(!hasChromium)('without a connection nothing is lost: it is cast once there is one', async () => {
  const { phone, page, open, heading, pathOf, listVotes, refused } = await openPhone('clean', 2);
  await open(pathOf(1));
  await phone.setOffline(true);
  await page.waitForTimeout(1_800);
  expect(await listVotes()).toEqual([]);
  await phone.setOffline(false);
  await heading('Counted: Ship Harborlight');
  expect(await listVotes()).toEqual(['harborlight ship counted']);
  expect(refused.filter((text) => !text.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
});

test.skipIf(!hasChromium)('a page that is not in front casts nothing', async () => {
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

test.skipIf(!hasChromium)(
  'on an unknown host the first sign of a person casts it, and nothing else does',
  async () => {
    const { page, open, heading, pathOf, listVotes } = await openPhone('unknown', 2);
    await open(pathOf(1));
    // What a script may pretend is no sign.
    await page.evaluate(
      `dispatchEvent(new PointerEvent('pointermove', { movementX: 5 })); dispatchEvent(new KeyboardEvent('keydown', { key: 'a' })); scrollTo(0, 200)`,
    );
    await page.waitForTimeout(2_000);
    expect(await listVotes()).toEqual([]);
    await page.touchscreen.tap(6, 300);
    await heading('Counted: Ship Harborlight');
    expect(await listVotes()).toEqual(['harborlight ship counted']);
  },
);

test.skipIf(!hasChromium)(
  'while scanners are about it takes the button; the next vote in the same browser is one click',
  async () => {
    const { page, open, heading, pathOf, listVotes } = await openPhone('scanned', 0.1);
    await open(pathOf(1));
    await page.touchscreen.tap(6, 300);
    await page.waitForTimeout(2_000);
    expect(await listVotes()).toEqual([]);
    await page.getByRole('button', { name: 'Ship Harborlight' }).tap();
    await heading('Counted: Ship Harborlight');
    await open(pathOf(1, 'quillbench', 'skip'));
    await heading('Counted: Skip Quillbench');
    expect(await listVotes()).toEqual(['harborlight ship counted', 'quillbench skip counted']);
  },
);

test.skipIf(!hasChromium)('a vote cast automatically is told of the hand that comes later', async () => {
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

test.skipIf(!hasChromium)('from the keyboard alone, the other choice first', async () => {
  const { page, open, heading, pathOf, listVotes } = await openPhone('scanned', 0.1);
  await open(pathOf(1));
  await page.waitForTimeout(1_100);
  await page.getByRole('button', { name: 'Skip Harborlight' }).focus();
  await page.keyboard.press('Enter');
  await heading('Counted: Skip Harborlight');
  expect(await listVotes()).toEqual(['harborlight skip counted']);
});

test.skipIf(!hasChromium)(
  'a scanner that runs scripts and sweeps all links in a real browser counts for nothing',
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
