import { voterKey } from '../../src/installation/installation.ts';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { createSentIssue, type SentIssue } from '../support/sent-issue.ts';

const EMAIL = 'delivered+2@resend.dev';

async function createReaders(): Promise<SentIssue> {
  const app = await createSentIssue(3, 'clean');
  await app.drain();
  await app.post(app.pathOf(2, 'harborlight', 'ship'), { way: 'button' });
  return app;
}

const load = async (app: SentIssue, id = 2) => (await app.request(`/studio/readers/${id}`)).text();
const reader = (app: SentIssue, id = 2) =>
  app.context.db.selectFrom('subscribers').selectAll().where('id', '=', id).executeTakeFirst();

test('a reader is found by any part of the address, and no address is in a URL', async () => {
  const app = await createReaders();
  const find = async (email: string) => {
    const answer = await app.post('/studio/readers', { email });
    const to = answer.headers.get('location') ?? '';
    expect([answer.status, to]).toEqual([303, expect.not.stringContaining('@')]);
    return (await app.request(to)).text();
  };
  for (const part of ['delivered+2', 'ED+2@RES', EMAIL]) {
    const page = await find(part);
    expect(page).toContain(`<a href="/studio/readers/2">${EMAIL}</a>`);
    expect(page).not.toContain('<a href="/studio/readers/1">');
  }
  expect(await find('delivered')).toContain('3 readers found.');
  expect(await find('nobody')).toContain('No reader’s address contains that.');
  // SQL wildcards are ordinary characters here.
  expect(await find('%_')).toContain('No reader’s address contains that.');
  expect((await app.request('/studio/readers?found=x')).status).toBe(200);
  expect(await (await app.request('/studio/readers')).text()).toContain('3 active');
});

test('a reader’s page has consent, issues, votes and what staff did', async () => {
  const app = await createReaders();
  const page = await load(app);
  expect(page).toContain(`<h1>${EMAIL}</h1>`);
  expect(page).toContain('<th scope="row">Consent</th><td>test</td>');
  expect(page).toMatch(/2026-W48<\/a><\/th><td><span class="unbroken">submitted/);
  expect(page).toMatch(/ship harborlight, (counted|held)/);
  expect((await app.request('/studio/readers/99')).status).toBe(404);
  expect((await app.request('/studio/readers/x')).status).toBe(404);
});

test('staff unsubscribe a reader with a reason, which is recorded without the address', async () => {
  const app = await createReaders();
  expect((await app.post('/studio/readers/2/unsubscribe', { why: 'asked by phone' })).status).toBe(303);
  expect(await reader(app)).toMatchObject({ status: 'unsubscribed', unsubscribed_at: app.clock.now });
  const page = await load(app);
  expect(page).toContain('status: active → unsubscribed; “asked by phone”');
  expect(page).not.toContain('Unsubscribe them');
  const entries = await app.context.db.selectFrom('audit_log').selectAll().execute();
  expect(JSON.stringify(entries)).not.toContain('@');
});

test('erasing needs the whole address to be typed, and leaves nothing that identifies them', async () => {
  const app = await createReaders();
  for (const address of ['', 'delivered+1@resend.dev', 'yes']) {
    const refused = await app.post('/studio/readers/2/erase', { address });
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('Nothing was erased.'),
    ]);
  }
  const erased = await app.post('/studio/readers/2/erase', { address: EMAIL.toUpperCase() });
  expect(erased.status).toBe(303);
  expect(await (await app.request(erased.headers.get('location') ?? '')).text()).toContain('has been erased');
  expect(await reader(app)).toBeUndefined();
  expect(await app.context.db.selectFrom('casts').selectAll().execute()).toEqual([]);
  expect((await app.request('/studio/readers/2')).status).toBe(404);
});

/** A reader who was asked to confirm three hours ago. */
async function createPending() {
  const app = await createReaders();
  await app.subscribe('delivered+new@resend.dev', { source: '/' });
  await app.drain();
  const { id } = await app.context.db
    .selectFrom('subscribers')
    .select('id')
    .where('status', '=', 'pending')
    .executeTakeFirstOrThrow();
  app.clock.now = new Date(app.clock.now.getTime() + 3 * 3_600_000);
  return { app, id };
}

test('a pending reader gets the confirmation again, within its limits', async () => {
  const { app, id } = await createPending();
  expect(await load(app, id)).toContain('Send the confirmation again');
  expect((await app.post(`/studio/readers/${id}/confirmation`)).status).toBe(303);
  await app.drain();
  const mails = await app.context.db
    .selectFrom('outbox.mails')
    .select('subject')
    .where(sql`to_addresses[1]`, '=', 'delivered+new@resend.dev')
    .execute();
  expect(mails).toHaveLength(2);
  // Beyond the limits nothing is sent, and staff are told so.
  const refused = await app.post(`/studio/readers/${id}/confirmation`);
  expect(refused.status).toBe(409);
  expect(await refused.text()).toContain('Nothing was sent: a confirmation was sent to this address');
});

test('a confirmation is not sent again to somebody who has left or confirmed since the page was shown', async () => {
  const { app, id } = await createPending();
  const state = () =>
    app.context.db.selectFrom('subscribers').select(['status', 'told_at']).where('id', '=', id).execute();
  for (const status of ['unsubscribed', 'active'] as const) {
    await app.context.db
      .updateTable('subscribers')
      .set({ status, confirmed_at: app.clock.now, unsubscribed_at: app.clock.now })
      .where('id', '=', id)
      .execute();
    const refused = await app.post(`/studio/readers/${id}/confirmation`);
    expect([refused.status, await refused.text()]).toEqual([
      409,
      expect.stringContaining('the reader has confirmed or left in the meantime'),
    ]);
    expect(await state()).toEqual([{ status, told_at: null }]);
  }
});

test('the export of a reader has all of their votes, however many', async () => {
  const app = await createReaders();
  const { db, installation } = app.context;
  const { subscriber_id, issue_id } = await db
    .selectFrom('deliveries')
    .select(['subscriber_id', 'issue_id'])
    .executeTakeFirstOrThrow();
  await sql`
    insert into votes (issue_id, tool_slug, voter_key, choice, state, cast_at, changed_at)
    select ${issue_id}, 'tool-' || number, ${voterKey(installation, subscriber_id)}, 'ship', 'counted', now(), now()
    from generate_series(1, 130) as number`.execute(db);
  const exported = await app.request(`/studio/readers/${subscriber_id}/export`);
  expect(((await exported.json()) as { votes: unknown[] }).votes.length).toBeGreaterThanOrEqual(130);
});

test('a suppressed reader gets no mail again, even after signing up; everything about a reader is exported', async () => {
  const app = await createReaders();
  await app.post('/studio/readers/2/suppress', { why: 'threatened us' });
  expect(await reader(app)).toMatchObject({ status: 'suppressed', suppressed_reason: 'by staff' });
  await app.subscribe(EMAIL);
  await app.drain();
  expect((await reader(app))?.status).toBe('suppressed');
  const exported = await app.request('/studio/readers/2/export');
  expect(exported.headers.get('content-disposition')).toContain('reader-2.json');
  expect(await exported.json()).toMatchObject({
    subscriber: { email: EMAIL, suppressed_reason: 'by staff' },
    votes: [{ tool_slug: 'harborlight', choice: 'ship' }],
  });
  expect((await app.request('/studio/readers/99/export')).status).toBe(404);
});

test('one reader is added with how and when they agreed; what is refused stays in the form', async () => {
  const app = await createReaders();
  const fields = { email: 'Ann@Example.net', consent_source: 'list at the fair', confirmed_at: '2026-11-02' };
  const added = await app.post('/studio/import/reader', fields);
  const path = added.headers.get('location') ?? '';
  expect([added.status, path]).toEqual([303, expect.stringMatching(/^\/studio\/readers\/\d+$/)]);
  expect(await (await app.request(path)).text()).toContain(
    '<th scope="row">Consent</th><td>list at the fair</td>',
  );
  const again = await app.post('/studio/import/reader', fields);
  expect(again.headers.get('location')).toBe(path);
  for (const refused of [{ email: 'ann' }, { consent_source: '' }, { confirmed_at: '2027-01-01' }]) {
    const answer = await app.post('/studio/import/reader', {
      ...fields,
      email: 'new@example.net',
      ...refused,
    });
    const page = await answer.text();
    expect(answer.status).toBe(400);
    expect(page).toContain('Nobody was added');
    expect(page).toContain(`value="${refused.email ?? 'new@example.net'}"`);
  }
  await app.post('/studio/readers/2/unsubscribe', { why: 'asked' });
  const left = await app.post('/studio/import/reader', { ...fields, email: EMAIL });
  expect([left.status, await left.text()]).toEqual([
    400,
    expect.stringContaining('only they can subscribe again'),
  ]);
  const entries = await app.context.db.selectFrom('audit_log').select(['action', 'request']).execute();
  expect(entries).toContainEqual({ action: 'add a reader', request: { result: 'added' } });
  expect(JSON.stringify(entries)).not.toContain('example.net');
});
