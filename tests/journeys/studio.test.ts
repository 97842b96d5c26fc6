import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { createDraftedIssue } from '../support/drafted-issue.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { expectNoFault } from '../support/axe.ts';
import { hasChromium, openBrowser } from '../support/chromium.ts';

const WEEK = '2026-W48';
const PAGE = `/studio/issues/${WEEK}`;
const INTRODUCTION = 'Three pairs this week, and a price that fell.';

const mailIn = (page: Page, title: string) => page.frameLocator(`iframe[title="${title}"]`);

test.skipIf(!hasChromium)(
  'an editor’s week by keyboard alone: write, see it in the mail, change the order, look at other views, approve, send',
  { timeout: 60_000 },
  async () => {
    const app = await createDraftedIssue();
    const page = await (await openBrowser()).newPage({ viewport: { width: 1280, height: 900 } });
    const errors: string[] = [];
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${app.url}/studio`);
    await page.getByRole('link', { name: 'Review it' }).press('Enter');

    // What is typed is saved, and the mail beside it is updated.
    await page.getByLabel('Introduction').focus();
    await page.keyboard.type(INTRODUCTION);
    await page.getByText('Saved.', { exact: true }).waitFor();
    await mailIn(page, 'The mail as it is now').getByText(INTRODUCTION).waitFor();
    await mailIn(page, 'The mail on a phone').getByText(INTRODUCTION).waitFor();
    await page.keyboard.type(' More of it tomorrow.');
    await page.getByText('Saved.', { exact: true }).waitFor();
    expect((await getIssue(app.context.db, WEEK)).content.introduction).toBe(
      `${INTRODUCTION} More of it tomorrow.`,
    );

    const { lead } = (await getIssue(app.context.db, WEEK)).content;
    await page.getByRole('button', { name: `Move down: ${lead.headline}` }).press('Enter');
    await page.getByRole('button', { name: `Move up: ${lead.headline}` }).waitFor();
    expect((await getIssue(app.context.db, WEEK)).content.more[0]?.slug).toBe(lead.slug);

    // The phone's frame is as tall as its mail; keys switch between the views.
    const { height } = (await page.locator('iframe.phone').boundingBox()) ?? { height: 0 };
    const frame = page.frames().find((one) => one.url().includes('/copy?reader='));
    const inside = Number(await frame?.evaluate('document.documentElement.scrollHeight'));
    expect(Math.abs(height - inside)).toBeLessThan(10);
    await page.locator('h1').click();
    await page.keyboard.press('Alt+PageDown');
    await page.waitForURL(/view=phone/);
    await page.keyboard.press('Alt+Shift+PageDown');
    await page.waitForURL(/look=dark/);
    await mailIn(page, 'The mail on a phone').locator('.d-paper').first().waitFor();
    const dark = page.frames().find((one) => one.url().includes('/copy?') && one.url().includes('look=dark'));
    const paper = await dark?.evaluate(
      `getComputedStyle(document.querySelector('.d-paper')).backgroundColor`,
    );
    expect(paper).toBe('rgb(27, 33, 42)');

    // Approving right after typing approves what was typed.
    const preheader = 'Typed a moment before the approval, and not lost by it.';
    await page.getByLabel('Preheader').fill(preheader);
    await page.getByRole('button', { name: 'Approve', exact: true }).press('Enter');
    await page.getByRole('button', { name: 'Withdraw the approval' }).waitFor();
    expect((await getIssue(app.context.db, WEEK)).content.preheader).toBe(preheader);
    await page.getByRole('button', { name: 'Send it now…' }).press('Enter');
    await page.getByLabel('Type the number of readers, 3, to go on').fill('3');
    await page.keyboard.press('Enter');
    await page.getByText('Going to 3 readers.').waitFor();
    await app.drain();
    // The page updates by itself.
    await page.getByText('Went to 3 readers').waitFor();
    expect(errors).toEqual([]);
    const mails = await app.context.db.selectFrom('outbox.mails').select('html').execute();
    expect(mails.map(({ html }) => html?.includes(INTRODUCTION))).toEqual([true, true, true]);
  },
);

test.skipIf(!hasChromium)('the links of the mail can be skipped by keyboard', async () => {
  const app = await createDraftedIssue();
  const page = await (await openBrowser()).newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(app.url + PAGE);
  const skip = page.getByRole('link', { name: 'Skip the links of the mail' });
  await skip.focus();
  expect(
    await skip.evaluate(
      (link: { getBoundingClientRect: () => { left: number } }) => link.getBoundingClientRect().left,
    ),
  ).toBeGreaterThan(0);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  const isBehind = `!document.activeElement.closest('section[aria-labelledby=mail]') &&
    document.querySelector('#after-mail').compareDocumentPosition(document.activeElement) === Node.DOCUMENT_POSITION_FOLLOWING`;
  expect(await page.evaluate(isBehind)).toBe(true);
});

test.skipIf(!hasChromium)('an editor can also write and reorder without scripts', async () => {
  const app = await createDraftedIssue();
  const context = await (
    await openBrowser()
  ).newContext({ javaScriptEnabled: false, viewport: { width: 375, height: 800 } });
  const page = await context.newPage();
  await page.goto(app.url + PAGE);
  await page.getByLabel('Introduction').fill(INTRODUCTION);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  expect(await page.getByLabel('Introduction').inputValue()).toBe(INTRODUCTION);
  await page.getByRole('button', { name: 'Everything back to generated' }).click();
  expect(await page.getByLabel('Introduction').inputValue()).toBe('');
  await page
    .getByRole('button', { name: /^Move down/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Skip this week' }).click();
  await page.getByText('Skipped: nobody gets it.').waitFor();
  await page.getByRole('button', { name: 'Take the skip back' }).click();
  expect((await getIssue(app.context.db, WEEK)).status).toBe('draft');
});

test.skipIf(!hasChromium)(
  'axe finds no fault in any state of the studio, light or dark, and no page is wider than a phone',
  { timeout: 60_000 },
  async () => {
    const app = await createDraftedIssue();
    const page = await (await openBrowser()).newPage({ bypassCSP: true });
    const visit = async (path: string, state: string) => {
      await page.goto(`${app.url}${path}`);
      await expectNoFault(page, state);
    };
    await visit('/studio', 'this week with a draft');
    await visit('/studio/learn', 'nothing to learn yet');
    await visit('/studio/readers', 'readers');
    await visit('/studio/readers/1', 'a reader');
    await visit(PAGE, 'a draft');
    await visit(`${PAGE}?view=source`, 'the source');
    await visit(`${PAGE}?view=headers&look=dark`, 'the headers');
    await page.goto(app.url + PAGE);
    await app.post(`${PAGE}/edit`, { subject: 'Somebody else wrote this one' });
    await page.getByLabel('Subject').fill('Mine');
    await page.getByText('Press Save to see more.').waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page
      .getByRole('heading', { level: 1, name: 'This issue has changed since you opened it' })
      .waitFor();
    await expectNoFault(page, 'a conflict');
    await app.post(`${PAGE}/edit`, { subject: '' });
    await app.context.db
      .updateTable('tools')
      .set(({ eb }) => ({ tagline: 'Another claim', revision: eb('revision', '+', 1) }))
      .execute();
    await visit(PAGE, 'changed facts');
    await approveIssue(app.context, WEEK, 'ann', { despite: 'it is fine' });
    await visit(`${PAGE}/send-now`, 'the question before sending');
    await page.getByLabel(/^Type the number/).fill('7');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await expectNoFault(page, 'a wrong answer to it');
    await app.post(`${PAGE}/hold`, { reason: 'a reason '.repeat(20) });
    await visit('/studio', 'this week with a held issue');
  },
);
