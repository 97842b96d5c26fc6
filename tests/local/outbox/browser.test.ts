import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { hasChromium, openBrowser } from '../../support/chromium.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { mailTo, startOutbox } from './start-outbox.ts';

const PHONE = { viewport: { width: 375, height: 760 } };

describe.skipIf(!hasChromium)('in a real browser', () => {
  test('a reader’s mail can be found and opened, and its link opens in a new tab', async () => {
    const { db } = await createTestDatabase();
    const { origin, resend } = await startOutbox(db);
    const html = `<p>Hello</p><a href="${origin}/outbox?q=voted">Ship</a>`;
    await resend.batch.send([{ ...mailTo('ann@example.net'), html }, mailTo('bo@example.net')]);
    const page = await openPage(PHONE);
    await page.goto(`${origin}/outbox`);
    await page.getByLabel('Find a reader').fill('ANN@');
    await page.keyboard.press('Enter');
    await page.getByText('1 mail', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'The week' }).click();
    const link = page.frameLocator('iframe').getByRole('link', { name: 'Ship' });
    const [tab] = await Promise.all([page.context().waitForEvent('page'), link.click()]);
    await tab.waitForURL(`${origin}/outbox?q=voted`);
    expect(page.url()).toContain('/outbox/mails/');
  });

  test('a mail can be opened with the keyboard alone, skipping the header', async () => {
    const { db } = await createTestDatabase();
    const { origin, resend } = await startOutbox(db);
    await resend.emails.send(mailTo('ann@example.net'));
    const page = await openPage();
    await page.goto(`${origin}/outbox`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    for (let stop = 0; stop < 3; stop++) {
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.waitForURL('**/mails/*');
    expect(await page.getByRole('heading', { level: 1 }).allTextContents()).toEqual(['The week']);
  });

  test('scripts in a mail do not run, neither in the page nor when opened on their own', async () => {
    const { db } = await createTestDatabase();
    const { origin, resend } = await startOutbox(db);
    const html = '<p id="p">quiet</p><script>document.getElementById("p").textContent = "ran"</script>';
    const { data } = await resend.emails.send({ ...mailTo('ann@example.net'), html });
    const page = await openPage();
    await page.goto(`${origin}/outbox/mails/${data?.id}`);
    expect(await page.frameLocator('iframe').locator('#p').textContent()).toBe('quiet');
    await page.goto(`${origin}/outbox/mails/${data?.id}/html`);
    expect(await page.locator('#p').textContent()).toBe('quiet');
  });

  test('no page is wider than a phone, and every page is styled', async () => {
    const { db } = await createTestDatabase();
    const { origin, resend } = await startOutbox(db);
    const { data } = await resend.emails.send({
      ...mailTo(`${'long'.repeat(15)}@example.net`),
      subject: 'long'.repeat(40),
      text: 'long'.repeat(100),
      headers: { 'X-Long': 'long'.repeat(100) },
    });
    const page = await openPage(PHONE);
    const mail = `/mails/${data?.id}`;
    for (const path of ['', '?q=nobody', mail, `${mail}?view=text`, `${mail}?view=headers`]) {
      await page.goto(`${origin}/outbox${path}`);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect([path, width]).toEqual([path, 375]);
      expect(await page.evaluate('document.styleSheets[0].cssRules.length')).toBeGreaterThan(50);
    }
  });
});

async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  return (await openBrowser()).newPage(options);
}
