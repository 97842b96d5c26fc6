import { expect, test } from 'vitest';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { expectNoFault } from '../support/axe.ts';
import { hasChromium, openBrowser } from '../support/chromium.ts';
import { seedContent } from '../support/seed.ts';
import { WEEK } from '../support/sent-issue.ts';
import { ADMIN, createStaffedApp, EDITOR, findLink, signIn } from '../support/staff.ts';

test.skipIf(!hasChromium)(
  'a first sign-in by a mailed link, then by a passkey; every page without a fault, light and dark, on a phone and a desktop',
  { timeout: 60_000 },
  async () => {
    const app = await createStaffedApp();
    const context = await (await openBrowser()).newContext({ bypassCSP: true });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    const client = await context.newCDPSession(page);
    await client.send('WebAuthn.enable');
    await client.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
      },
    });

    // The requested page is shown after the sign-in.
    await page.goto(`${app.origin}/studio/readers`);
    await page.getByRole('heading', { name: 'Sign in to the studio' }).waitFor();
    await expectNoFault(page, 'signing in');
    await page.getByLabel('Your address on staff').fill(ADMIN);
    await page.keyboard.press('Enter');
    await page.getByText('a link to sign in is on its way').waitFor();
    await expectNoFault(page, 'a link is on its way');
    await app.drain();
    await page.goto(app.origin + (await findLink(app, ADMIN)));
    await expectNoFault(page, 'a link');
    await page.getByRole('button', { name: 'Sign in' }).press('Enter');
    await page.waitForURL(`${app.origin}/studio/readers`);

    await page.getByRole('link', { name: 'Account' }).click();
    await page.getByText(`You are signed in as ${ADMIN}, admin.`).waitFor();
    await expectNoFault(page, 'the account');
    await page.getByLabel('Name of this device').fill('Work laptop');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText('Work laptop, added').waitFor();
    await expectNoFault(page, 'the account with a passkey');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.goto(`${app.origin}/studio`);
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByRole('heading', { level: 1 }).getByText('This week').waitFor();

    const actions = await app.context.db
      .selectFrom('audit_log')
      .select('action')
      .where('actor', '=', ADMIN)
      .orderBy('id')
      .execute();
    expect(actions.map(({ action }) => action)).toEqual([
      'was sent a link to sign in',
      'signed in',
      'add a passkey',
      'signed out',
      'signed in',
    ]);

    // A passkey that was removed opens nothing.
    await page.goto(`${app.origin}/studio/account`);
    await page.getByRole('button', { name: 'Remove it' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByText('That passkey is not known here.').waitFor();
    await expectNoFault(page, 'an unknown passkey');
    expect(errors).toEqual([]);
  },
);

test.skipIf(!hasChromium)('without scripts a mailed link is enough, on a phone', async () => {
  const app = await createStaffedApp();
  const context = await (
    await openBrowser()
  ).newContext({ javaScriptEnabled: false, viewport: { width: 375, height: 800 } });
  const page = await context.newPage();
  await page.goto(`${app.origin}/studio`);
  expect(await page.getByRole('button', { name: 'Use a passkey' }).isVisible()).toBe(false);
  await page.getByLabel('Your address on staff').fill(EDITOR);
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await app.drain();
  await page.goto(app.origin + (await findLink(app, EDITOR)));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'Account' }).click();
  await page.getByText(`You are signed in as ${EDITOR}, editor.`).waitFor();
  expect(await page.getByText('Everybody on staff').count()).toBe(0);
});

test.skipIf(!hasChromium)(
  'what somebody saves after their session has ended can be sent again from the same tab',
  async () => {
    const app = await createStaffedApp({}, '2026-11-23T10:00:00Z');
    await seedContent(app.context.db);
    await draftIssue(app.context, WEEK);
    const context = await (await openBrowser()).newContext({ javaScriptEnabled: false });
    const enter = async () => {
      const [name = '', value = ''] = (await signIn(app, EDITOR)).split('=');
      await context.addCookies([{ name, value, url: app.origin }]);
    };
    await enter();
    const page = await context.newPage();
    await page.goto(`${app.origin}/studio/issues/${WEEK}`);
    const typed = 'Three “quiet” tools & one loud one <this week>';
    await page.getByLabel('Introduction').fill(typed);
    await context.clearCookies();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    expect(await page.getByRole('link', { name: 'sign in on another tab' }).getAttribute('target')).toBe(
      '_blank',
    );
    await page.getByText('What you sent').click();
    expect(await page.getByText(typed).isVisible()).toBe(true);
    await enter();
    await page.getByRole('button', { name: 'Send it again' }).click();
    expect(await page.getByLabel('Introduction').inputValue()).toBe(typed);
    expect((await getIssue(app.context.db, WEEK)).content.introduction).toBe(typed);
  },
);
