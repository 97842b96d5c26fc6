import { auditedIssueChange } from '../../src/issues/record/audit-issue.ts';
import { expect, test } from 'vitest';
import { createDraftedIssue } from '../support/drafted-issue.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { type TestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';
const PAGE = `/studio/issues/${WEEK}`;

const load = async (app: TestApp, path = '') => (await app.request(`${PAGE}${path}`)).text();

test('every state of an issue says who gets it and when', async () => {
  const app = await createDraftedIssue();
  const notice = async () => /<p class="notice">([^<]*)/.exec(await load(app))?.[1];
  const time = 'Tuesday 24 November 2026, 14:00 (UTC)';
  expect(await notice()).toBe(`Goes to 3 readers on ${time}, in 1 day, if somebody approves it before then.`);
  await app.post(`${PAGE}/approve`);
  expect(await notice()).toBe(`Goes to 3 readers on ${time}, in 1 day.`);
  await app.post(`${PAGE}/hold`);
  expect(await notice()).toContain(`it goes to nobody until it is released. Its time is ${time}, in 1 day`);
  app.clock.now = new Date('2026-11-24T16:30:00Z');
  expect(await notice()).toBe(
    `Held, and its time has passed (${time}, 2 hours ago). Once released, it goes to 3 readers within a minute.`,
  );
  await app.post(`${PAGE}/release`);
  await app.post(`${PAGE}/skip`);
  expect(await notice()).toBe('Skipped: nobody gets it. That can be taken back until the week ends.');
  await app.post(`${PAGE}/unskip`);
  expect(await load(app)).not.toContain(`${PAGE}/release`);
  // Once it is moved to a later time, it can be released.
  await app.post(`${PAGE}/move`, { to: '2026-11-25T14:00' });
  expect(await load(app)).toContain(`${PAGE}/release`);
  await app.post(`${PAGE}/move`, { to: '2026-11-24T17:00' });
  app.clock.now = new Date('2026-12-01T09:00:00Z');
  expect(await notice()).toContain(
    'and so has its week. To send it to 3 readers, send it now, or move its time',
  );
  // Released, it would be held again at the next minute.
  const page = await load(app);
  expect([page.includes(`${PAGE}/release`), page.includes(`${PAGE}/send-now`)]).toEqual([false, true]);
  expect((await app.post(`${PAGE}/release`)).status).toBe(409);
  expect((await app.post(`${PAGE}/send-now`, { typed: '3' })).status).toBe(303);
  expect(await notice()).toBe('Going to 3 readers.');
  await app.post(`${PAGE}/pause`);
  expect(await notice()).toBe('Paused: 0 of 3 readers are done, 3 mails wait until somebody resumes it.');
  await app.post(`${PAGE}/resume`);
  await app.drain();
  expect(await notice()).toBe('Went to 3 readers on Tuesday 1 December 2026, 09:00 (UTC).');
});

test('nothing final happens in one press: cancelling and sending now ask for a number', async () => {
  const app = await createDraftedIssue();
  await approveIssue(app.context, WEEK, 'test');
  const status = async () => (await getIssue(app.context.db, WEEK)).status;
  expect(await load(app, '/send-now')).toContain('It goes to 3 readers without waiting for its time');
  for (const typed of ['', '2', 'yes', '3.', ',3', '0,3']) {
    const refused = await app.post(`${PAGE}/send-now`, { typed });
    expect([refused.status, await status()]).toEqual([400, 'approved']);
  }
  expect((await app.post(`${PAGE}/send-now`, { typed: '3' })).status).toBe(303);
  expect(await status()).toBe('sending');
  expect(await load(app, '/cancel')).toContain('3 mails have not been sent and never will be');
  expect((await app.post(`${PAGE}/cancel`)).status).toBe(400);
  expect(await status()).toBe('sending');
  // Mails go out while somebody types; more than were shown are another decision.
  expect((await app.post(`${PAGE}/cancel`, { typed: '2', shown: '2' })).status).toBe(400);
  expect((await app.post(`${PAGE}/cancel`, { typed: '9', shown: '9' })).status).toBe(303);
  expect(await status()).toBe('cancelled');
  // Nothing had been handed to Resend.
  expect(await load(app)).toContain('Take the skip back');
});

test('what is done in the studio carries the name of who did it, and is listed', async () => {
  const app = await createDraftedIssue();
  const named = await app.post('/studio/name', { name: 'Ann Abel' });
  const cookie = named.headers.getSetCookie()[0] ?? '';
  expect(cookie).toMatch(/HttpOnly/);
  expect(cookie).toMatch(/SameSite=Strict/);
  const postAs = (path: string, fields: Record<string, string>) =>
    app.request(`${PAGE}/${path}`, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { cookie: cookie.split(';')[0] ?? '', 'content-type': 'application/x-www-form-urlencoded' },
      redirect: 'manual',
    });
  await postAs('edit', { subject: 'A subject that Ann wrote for this', preheader: '' });
  await postAs('hold', { reason: 'waiting for the price' });
  await postAs('release', {});
  await postAs('approve', {});
  // Refused: nothing is recorded.
  expect((await postAs('resume', {})).status).toBe(409);
  expect((await getIssue(app.context.db, WEEK)).approved_by).toBe('Ann Abel');
  const entries = await app.context.db.selectFrom('audit_log').selectAll().orderBy('id').execute();
  expect(entries.map(({ actor, via, action, outcome }) => [actor, via, action, outcome])).toEqual(
    ['edit', 'hold', 'release', 'approve'].map((action) => ['Ann Abel', 'studio', action, 'done']),
  );
  expect(entries[0]).toMatchObject({
    before: { subject: expect.stringContaining('Harborlight') },
    after: { subject: 'A subject that Ann wrote for this' },
  });
  const page = await load(app);
  expect(page).toContain('subject: ');
  expect(page).toContain('“waiting for the price”');
  expect(page).toContain('status: draft → approved');
});

test('an action that fails after a part of it was done stays in the log', async () => {
  const app = await createDraftedIssue();
  const { db } = app.context;
  const actor = { name: 'Ann', via: 'studio' } as const;
  const change = (act: () => Promise<void>) =>
    auditedIssueChange(app.context, actor, 'send', WEEK, {}, act).catch((error: Error) => error.message);
  expect(await change(() => Promise.reject(new Error('nothing was done')))).toBe('nothing was done');
  await change(async () => {
    await approveIssue(app.context, WEEK, 'Ann');
    throw new Error('half of it was done');
  });
  const entries = await db.selectFrom('audit_log').select(['action', 'outcome', 'after']).execute();
  expect(entries).toMatchObject([{ action: 'send', outcome: 'started', after: { status: 'approved' } }]);
  expect(await load(app)).toContain('did not finish; status: draft → approved');
});

test('every action of the studio refuses a form on another site', async () => {
  const app = await createDraftedIssue();
  const before = await getIssue(app.context.db, WEEK);
  for (const action of [
    'approve',
    'withdraw',
    'take-facts',
    'skip',
    'unskip',
    'send-now',
    'cancel',
    'hold',
  ]) {
    const response = await app.request(`${PAGE}/${action}`, {
      method: 'POST',
      body: new URLSearchParams({ typed: '3' }),
      headers: { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' },
    });
    expect([action, response.status]).toEqual([action, 404]);
  }
  expect(await getIssue(app.context.db, WEEK)).toEqual(before);
});

test('a monthly reader is shown the digest of the month, in which no link is live', async () => {
  const app = await createDraftedIssue();
  await app.context.db.updateTable('subscribers').set({ frequency: 'monthly' }).where('id', '=', 3).execute();
  expect(await load(app)).toMatch(/reader=3[^>]*>Monthly</);
  const page = await load(app, '?reader=3');
  expect(page).toContain('instead of this issue they get the digest of');
  expect(page).toContain(`src="${PAGE}/digest?look=`);
  expect(await load(app, '/digest')).toContain('No issue went out in 2026-11.');
  await approveIssue(app.context, WEEK, 'test');
  await prepareIssue(app.context, WEEK);
  await app.drain();
  const digest = await load(app, '/digest');
  expect(digest).toContain('Harborlight');
  expect(digest).toContain('/unsubscribe/reader');
});

test('a test copy goes to whoever asked or to all staff, with links that change nothing', async () => {
  const app = await createDraftedIssue({ STAFF_EMAILS: 'delivered+ann@resend.dev,delivered+bo@resend.dev' });
  const mails = async () => {
    const rows = await app.context.db
      .selectFrom('outbox.mails')
      .select(['to_addresses', 'subject', 'html'])
      .orderBy('sequence')
      .execute();
    return rows.map(({ to_addresses, subject, html }) => ({
      to: to_addresses[0],
      subject,
      html: html ?? '',
    }));
  };
  const sent = await app.post(`${PAGE}/test`, { reader: '2', to: 'delivered+me@resend.dev' });
  expect(sent.headers.get('location')).toBe(`${PAGE}?reader=2&tested=1#mail`);
  expect(await load(app, '?tested=1')).toContain('A test copy is on the way.');
  await app.post(`${PAGE}/test`, { reader: '2', team: '1' });
  const [mine, ann, bo] = await mails();
  expect([mine?.to, ann?.to, bo?.to]).toEqual([
    'delivered+me@resend.dev',
    'delivered+ann@resend.dev',
    'delivered+bo@resend.dev',
  ]);
  expect(mine?.subject).toMatch(/^\[Test\] /);
  const [link = ''] = /\/v\/[\w-]+\/harborlight\/ship/.exec(mine?.html ?? '') ?? [];
  await app.post(link, { way: 'button' });
  expect(await app.context.db.selectFrom('votes').select('choice').execute()).toEqual([]);
  expect((await app.post(`${PAGE}/test`, { reader: '2', to: 'nobody' })).status).toBe(400);
  const entries = await app.context.db.selectFrom('audit_log').select(['action', 'request']).execute();
  expect(entries.map(({ action }) => action)).toEqual(['send a test copy', 'send 2 test copies']);
  expect(JSON.stringify(entries)).not.toContain('@');
});
