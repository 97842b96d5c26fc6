import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { createDraftedIssue } from '../support/drafted-issue.ts';
import { holdChangedIssues } from '../../src/issues/decide/hold-changed-issues.ts';
import { arrangeComparisons } from '../../src/issues/edit/arrange.ts';
import { editIssue } from '../../src/issues/edit/edit.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { expectNoFault } from '../support/axe.ts';
import { hasChromium, openBrowser } from '../support/chromium.ts';
import { createSentIssue } from '../support/sent-issue.ts';
import { type TestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';
const PAGE = `/studio/issues/${WEEK}`;

/** Opens the issue's page in a separate browser, whose user has chosen this name. */
const openPage = async (app: TestApp, name = 'Ann'): Promise<Page> => {
  const page = await (
    await openBrowser()
  ).newPage({ viewport: { width: 1280, height: 900 }, bypassCSP: true });
  await page.context().addCookies([{ name: 'studio_name', value: name, url: `${app.url}/studio` }]);
  await page.goto(app.url + PAGE);
  return page;
};
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const issueOf = ({ context }: TestApp) => getIssue(context.db, WEEK);

async function changePrice(app: TestApp, price: string): Promise<void> {
  await app.context.db
    .updateTable('tools')
    .set(({ eb }) => ({ price_note: price, revision: eb('revision', '+', 1) }))
    .where('slug', '=', 'harborlight')
    .execute();
  await holdChangedIssues(app.context);
}

test.skipIf(!hasChromium)(
  'when a fact changes, a draft takes it with one press, and an approved issue is held',
  async () => {
    const app = await createDraftedIssue();
    await changePrice(app, '$7 a month');
    const page = await openPage(app);
    await page.getByRole('heading', { name: 'Facts have changed since it was drafted' }).waitFor();
    await expectNoFault(page, 'a problem');
    await press(page, 'Take the new facts');
    await page.getByRole('heading', { name: /Facts have changed/ }).waitFor({ state: 'hidden' });
    await press(page, 'Approve');
    await page.getByRole('button', { name: 'Withdraw the approval' }).waitFor();
    await changePrice(app, '$9 a month');
    await page.reload();
    await page.getByRole('heading', { name: 'Facts have changed since it was approved' }).waitFor();
    await expectNoFault(page, 'a problem');
    expect((await issueOf(app)).status).toBe('held');
    await press(page, 'Take the new facts');
    await press(page, 'Approve');
    await page.getByText('Goes to 3 readers on Tuesday').waitFor();
    expect(JSON.stringify((await issueOf(app)).content)).toContain('$9 a month');
  },
);

test.skipIf(!hasChromium)(
  'an issue is held and released; one that fails a check says so at the field and is approved with a reason',
  async () => {
    const app = await createDraftedIssue();
    const page = await openPage(app);
    await press(page, 'Hold');
    await page.getByText('Held: it goes to nobody until it is released.').waitFor();
    await page.getByLabel(/^Preheader/).fill('Too short');
    await page.getByText(/^Saved, but: preheader/).waitFor();
    await page.reload();
    const field = page.getByLabel(/^Preheader/);
    const problem = page.locator(`#${await field.getAttribute('aria-describedby')}`);
    expect(await problem.textContent()).toMatch(/^preheader: has 9 characters/);
    await expectNoFault(page, 'a problem');
    expect(await page.getByRole('button', { name: /^Approve( and release)?$/ }).count()).toBe(0);
    await page.getByLabel('Reason for approving it anyway').fill('Short on purpose');
    await press(page, 'Approve despite failed checks, and release');
    await page.getByRole('heading', { name: 'Approved despite failed checks' }).waitFor();
    await page.getByText('“Short on purpose”').first().waitFor();
    expect(await issueOf(app)).toMatchObject({
      status: 'approved',
      approved_despite: expect.stringContaining('Short'),
    });
  },
);

test.skipIf(!hasChromium)(
  'two editors at once: the second sees both versions and chooses; an undo brings the other back',
  async () => {
    const app = await createDraftedIssue();
    const [first, second] = [await openPage(app), await openPage(app, 'Bo')];
    await first.getByLabel('Introduction').fill('Written by the first.');
    await first.getByText('Saved.', { exact: true }).waitFor();
    await second.getByLabel('Introduction').fill('Written by the second.');
    await second.getByText(/was changed meanwhile, by somebody else/).waitFor();
    await press(second, 'Save');
    await second.getByText('Written by the first.').waitFor();
    await expectNoFault(second, 'a conflict');
    await press(second, 'Save mine');
    await second.getByRole('heading', { name: 'Words' }).waitFor();
    expect((await issueOf(app)).content.introduction).toBe('Written by the second.');
    await second.getByRole('button', { name: /^Undo/ }).click();
    await second.getByRole('button', { name: /^Redo/ }).waitFor();
    expect((await issueOf(app)).content.introduction).toBe('Written by the first.');
  },
);

test.skipIf(!hasChromium)('comparisons are dragged to another place', async () => {
  const app = await createDraftedIssue();
  const page = await openPage(app);
  const before = (await issueOf(app)).content;
  const items = page.locator('[data-reorder] > li');
  await items.nth(1).dragTo(items.nth(0), { targetPosition: { x: 20, y: 3 } });
  await expect.poll(async () => (await issueOf(app)).content.lead.slug).toBe(before.more[0]?.slug);
});

test.skipIf(!hasChromium)('a drag that ends elsewhere moves nothing', async () => {
  const app = await createDraftedIssue();
  const page = await openPage(app);
  const before = (await issueOf(app)).content_hash;
  const order = () =>
    page
      .locator('[data-reorder] > li')
      .evaluateAll((items) => items.map((item) => (item as unknown as { textContent: string }).textContent));
  const shown = await order();
  const first = page.locator('[data-reorder] > li').nth(0);
  const second = page.locator('[data-reorder] > li').nth(1);
  await first.scrollIntoViewIfNeeded();
  const { x, y } = (await second.boundingBox()) ?? { x: 0, y: 0 };
  const target = (await first.boundingBox()) ?? { x: 0, y: 0 };
  await page.mouse.move(x + 20, y + 8);
  await page.mouse.down();
  await page.mouse.move(target.x + 20, target.y + 3, { steps: 8 });
  await page.mouse.move(5, 5, { steps: 4 });
  await page.mouse.up();
  await page.waitForTimeout(500);
  expect(await order()).toEqual(shown);
  expect((await issueOf(app)).content_hash).toBe(before);
});

test.skipIf(!hasChromium)(
  'a page does not undo or approve changes by somebody else that it does not show',
  async () => {
    const app = await createDraftedIssue();
    const page = await openPage(app);
    const { content } = await issueOf(app);
    await arrangeComparisons(app.context, WEEK, [content.lead.slug, content.more[0]!.slug]);
    await page.getByLabel('Introduction').fill('Mine, beside what Bo has left out');
    await page
      .getByText('Saved. Somebody else has changed other parts: reload the page to see them.')
      .waitFor();
    await press(page, 'Approve');
    await page.getByText('has been changed since you saw it').waitFor();
    expect(await issueOf(app)).toMatchObject({
      status: 'draft',
      content: { introduction: 'Mine, beside what Bo has left out', more: [{ slug: content.more[0]!.slug }] },
    });
  },
);

test.skipIf(!hasChromium)(
  'while the server cannot be reached what was typed stays on the page, and is saved once it can',
  { timeout: 60_000 },
  async () => {
    const app = await createDraftedIssue();
    const page = await openPage(app);
    await page.context().setOffline(true);
    await page.getByLabel('Introduction').fill('Written on a train');
    await page.getByText('What you wrote is kept on this page').waitFor();
    // Pressing Save does not leave the page, which would lose it.
    await press(page, 'Save');
    await page.getByText('What you wrote is kept on this page').waitFor();
    expect(await page.getByLabel('Introduction').inputValue()).toBe('Written on a train');
    await page.context().setOffline(false);
    await page.getByText('Saved.', { exact: true }).waitFor();
    expect((await issueOf(app)).content.introduction).toBe('Written on a train');
  },
);

test.skipIf(!hasChromium)(
  'one field goes back to what was generated, and what was typed elsewhere is not lost',
  async () => {
    const app = await createDraftedIssue();
    await editIssue(app.context, WEEK, { subject: 'Our own subject of this week, by hand' });
    const page = await openPage(app);
    await page.getByLabel('Introduction').fill('Typed a moment before');
    await page.getByRole('button', { name: 'Back to that' }).first().click();
    await expect.poll(async () => Object.keys((await issueOf(app)).edits)).toEqual(['introduction']);
    expect((await issueOf(app)).content.introduction).toBe('Typed a moment before');
  },
);

test.skipIf(!hasChromium)('saving right after typing causes no conflict with oneself', async () => {
  const app = await createDraftedIssue();
  const page = await openPage(app);
  await page.getByLabel('Introduction').fill('Typed and saved');
  await page.waitForTimeout(420);
  await press(page, 'Save');
  await page.waitForURL(/#editing$/);
  expect((await issueOf(app)).content.introduction).toBe('Typed and saved');
});

test.skipIf(!hasChromium)('the statistics show figures, and offer them as CSV', async () => {
  const app = await createSentIssue(3, 'clean');
  await app.post(app.pathOf(1), { way: 'button' });
  const page = await (await openBrowser()).newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`${app.url}/studio`);
  await page.getByRole('link', { name: 'Learn' }).click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.getByText('3', { exact: false }).first().waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'All figures as CSV' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('issues.csv');
});

test.skipIf(!hasChromium)(
  'going back to a page restores nothing that somebody else has replaced',
  async () => {
    const app = await createDraftedIssue();
    const page = await openPage(app);
    await page.getByLabel('Introduction').fill('From tab one');
    await page.getByText('Saved.').waitFor();
    await page.goto(`${app.url}/studio/readers`);
    await editIssue(app.context, WEEK, { introduction: 'From somebody else, and newer' });
    await page.goBack();
    await page
      .getByLabel('Preheader')
      .fill('Nothing but the preheader is typed here, of forty letters or more');
    await page.getByText(/^(Saved\.|.* Press Save to see more\.)$/).waitFor();
    expect((await issueOf(app)).content.introduction).toBe('From somebody else, and newer');
  },
);

test.skipIf(!hasChromium)(
  'text that cannot be saved is not ignored by the next button, and the page says why',
  async () => {
    const app = await createDraftedIssue();
    const page = await openPage(app);
    const introduction = page.getByLabel('Introduction');
    // What is pasted is never cut.
    await introduction.fill('x'.repeat(301));
    await page.getByText('The introduction must be one line of at most 300 characters').waitFor();
    await introduction.fill('');
    // A control character, such as pasted text may contain.
    await introduction.evaluate((field: { value: string }) => (field.value = 'An introduction\u0007'));
    await introduction.press('End');
    await introduction.pressSequentially('!');
    await page.getByText('The introduction must be one line of at most 300 characters').waitFor();
    await press(page, 'Approve');
    await page.waitForTimeout(500);
    expect(await issueOf(app)).toMatchObject({ status: 'draft' });
    await introduction.fill('An introduction');
    await press(page, 'Approve');
    await page.getByRole('button', { name: 'Withdraw the approval' }).waitFor();
    expect((await issueOf(app)).content.introduction).toBe('An introduction');
  },
);

test.skipIf(!hasChromium)(
  'without scripts, text that cannot be saved comes back with all that was typed, and somebody else’s words are not replaced',
  async () => {
    const app = await createDraftedIssue();
    const browser = await openBrowser();
    const page = await browser.newPage({ viewport: { width: 375, height: 800 }, javaScriptEnabled: false });
    const form = await browser.newPage({ bypassCSP: true });
    await page.goto(app.url + PAGE);
    const introduction = 'An introduction that took an hour to write';
    const preheader = 'Three pairs of tools, and why reviewers disagree about one';
    await page.getByLabel('Introduction').fill(introduction);
    await page.getByLabel('Preheader').fill(`${preheader}\u202E`);
    await press(page, 'Save');
    await page.getByRole('heading', { name: 'Not saved yet' }).waitFor();
    await form.setContent(await page.content());
    await expectNoFault(form, 'what is not saved');
    expect((await issueOf(app)).content.introduction).not.toBe(introduction);
    await page.getByRole('link', { name: 'Preheader' }).click();
    const field = page.getByLabel('Preheader');
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await editIssue(app.context, WEEK, { preheader: 'By a colleague, who was faster, and who wrote enough' });
    await field.fill(preheader);
    await press(page, 'Save');
    await page.getByRole('heading', { name: 'This issue has changed since you opened it' }).waitFor();
    expect(await page.getByText(introduction).count()).toBeGreaterThan(0);
    await press(page, 'Save mine');
    expect((await issueOf(app)).content).toMatchObject({ introduction, preheader });
  },
);

test.skipIf(!hasChromium)('a view that is opened while somebody types shows what was typed', async () => {
  const app = await createDraftedIssue();
  const page = await openPage(app);
  await page.getByLabel('Introduction').pressSequentially('Typed just now');
  const other = page.locator('[data-tabs] a:not([aria-current])').first();
  const view = new URL((await other.getAttribute('href')) ?? '', page.url()).href;
  await other.click();
  await page.waitForURL(view);
  await expect.poll(() => page.getByLabel('Introduction').inputValue()).toBe('Typed just now');
  expect(await page.locator('form[data-autosave] [name=expected]').inputValue()).toBe(
    (await issueOf(app)).content_hash,
  );
});
