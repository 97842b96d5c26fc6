import { parseHTML } from 'linkedom';
import { beforeEach, expect, test } from 'vitest';
import { signSubscriber } from '../../src/links/tokens.ts';
import { requestAddressChange } from '../../src/subscribers/preferences/change-address.ts';
import { unsubscribe } from '../../src/subscribers/leave/unsubscribe.ts';
import { seedReaders } from '../support/seed.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

let app: TestApp;
beforeEach(async () => {
  app = await createTestApp();
  await seedReaders(app.context.db, 1);
});

const pageOf = (purpose: 'preferences' | 'unsubscribe') =>
  `/${purpose}/${signSubscriber(app.context.linkKeys, purpose, 1)}`;
const readerOf = () =>
  app.context.db.selectFrom('subscribers').selectAll().where('id', '=', 1).executeTakeFirstOrThrow();

test('after a new address that is refused, the other choices on the page are still stored', async () => {
  const page = pageOf('preferences');
  const refused = await app.post(`${page}/address`, { email: 'nobody' });
  expect(refused.status).toBe(400);
  const { document } = parseHTML(await refused.text());
  expect(document.title).toContain('The address was not accepted');
  const forms = [...document.querySelectorAll('form')];
  // The problem comes first.
  expect(forms.map((form) => form.getAttribute('action'))).toEqual([
    `${page}/address`,
    page,
    page,
    page,
    page,
  ]);
  expect(forms[0]?.querySelector('[role=alert]')).not.toBeNull();
  await app.post(forms.at(-1)!.getAttribute('action') as string, { weeks: '4' });
  expect((await readerOf()).paused_until).toBeInstanceOf(Date);
});

test('the answer to a form can be opened again', async () => {
  const statusOf = async (path: string) => (await app.request(path, { redirect: 'follow' })).status;
  expect(await statusOf(`${pageOf('preferences')}/address`)).toBe(200);
  expect(await statusOf(`${pageOf('unsubscribe')}/undo`)).toBe(200);
  expect(await statusOf('/subscribe')).toBe(200);
});

test('undoing twice says that the reader is subscribed, and never offers to unsubscribe', async () => {
  const page = pageOf('unsubscribe');
  await unsubscribe(app.context, 1);
  const answers = await Promise.all([app.post(`${page}/undo`), app.post(`${page}/undo`)]);
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 303]);
  const second = await answers.find(({ status }) => status === 200)!.text();
  expect(second).toContain('You’re subscribed');
  expect(second).not.toMatch(/<form|\/preferences\//);
  expect((await readerOf()).status).toBe('active');
});

test('both links of somebody who asked twice for the same new address say that the mail has moved', async () => {
  const { context } = app;
  await requestAddressChange(context, 1, 'New@example.org');
  await requestAddressChange(context, 1, 'new@example.org');
  const link = (id: number) => `/address/${signSubscriber(context.linkKeys, 'address', id)}`;
  await app.post(link(1));
  const said = async (id: number) =>
    (await (await app.request(link(id))).text()).match(/<h1>(.*?)<\/h1>/)?.[1];
  expect([await said(1), await said(2)]).toEqual(['Moved', 'Moved']);
  await unsubscribe(context, 1);
  expect([await said(1), await said(2)]).toEqual(['This link no longer works', 'This link no longer works']);
});
