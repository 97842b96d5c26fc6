import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { tick } from '../../jobs/run/timetable.ts';
import { loadInstallation } from '../../src/installation/installation.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { sendBatch } from '../../src/sending/submit/send-batch.ts';
import { countDeliveries } from '../../src/sending/deliveries/count-deliveries.ts';
import { advanceClock } from '../support/advance-clock.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';
const PAGE = `/studio/issues/${WEEK}`;

async function createUnknown() {
  const app = await createTestApp();
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 3);
  await draftIssue(context, WEEK);
  await approveIssue(context, WEEK, 'test');
  await prepareIssue(context, WEEK);
  app.outbox.faults.add({ kind: 'lose-response', times: 1 });
  await expect(sendBatch(context, 1)).rejects.toThrow(RetryLater);
  await advanceClock(app, 25 * 3_600_000);
  await sendBatch(context, 1);
  return {
    ...app,
    counts: () => countDeliveries(context.db, 1),
    page: async () => (await app.request(PAGE)).text(),
  };
}

test('the studio lists unknown mails with their addresses, and offers both decisions for one or all', async () => {
  const app = await createUnknown();
  const page = await app.page();
  expect(page).toContain('3 unknown');
  expect(page).toContain('delivered+2@resend.dev');
  expect(page).toContain('Count all 3 as sent');
  expect(page).toContain('aria-label="Send it again (delivered+2@resend.dev)"');
  const one = await app.post(`${PAGE}/count-as-sent`, { status: 'unknown', email: 'delivered+2@resend.dev' });
  expect(one.status).toBe(303);
  expect(await app.counts()).toEqual({ submitted: 1, unknown: 2 });
  await app.post(`${PAGE}/send-again`, { status: 'unknown' });
  expect(await app.counts()).toEqual({ submitted: 1, queued: 2 });
  await app.drain();
  expect(await app.counts()).toEqual({ submitted: 3 });
  expect(await app.page()).not.toContain('Count all');
  const decisions = await app.context.db
    .selectFrom('delivery_decisions')
    .select(['decision', 'decided_by', 'decided_at'])
    .orderBy('id')
    .execute();
  expect(decisions).toEqual(
    ['count as sent', 'send again', 'send again'].map((decision) => ({
      decision,
      decided_by: userInfo().username,
      decided_at: app.clock.now,
    })),
  );
});

test('mails that became unknown since somebody looked are not decided about with the rest', async () => {
  const app = await createUnknown();
  expect(await app.page()).toMatch(
    /name="status" value="unknown"\/><input type="hidden" name="count" value="3"/,
  );
  for (const action of ['send-again', 'count-as-sent']) {
    const refused = await app.post(`${PAGE}/${action}`, { status: 'unknown', count: '2' });
    expect([refused.status, await refused.text()]).toEqual([
      409,
      expect.stringContaining('3 mails of 2026-W48 are unknown now, not the 2 that you saw'),
    ]);
  }
  expect(await app.counts()).toEqual({ unknown: 3 });
  expect((await app.post(`${PAGE}/count-as-sent`, { status: 'unknown', count: '3' })).status).toBe(303);
});

test('a reason that is cut in the middle of a character can be given', async () => {
  const app = await createUnknown();
  const reason = `${'x'.repeat(199)}😀`;
  expect((await app.post(`${PAGE}/pause`, { reason })).status).toBe(409);
  await app.context.db.updateTable('issues').set({ status: 'sending' }).execute();
  expect((await app.post(`${PAGE}/pause`, { reason })).status).toBe(303);
});

test('the log says which mails were decided about, without an address', async () => {
  const app = await createUnknown();
  await app.post(`${PAGE}/count-as-sent`, { status: 'unknown', email: 'delivered+2@resend.dev' });
  await app.post(`${PAGE}/send-again`, { status: 'unknown' });
  const [, history = ''] = (await app.page()).split('Who did what');
  expect(history).toContain('reader: 2; status: unknown');
  expect(history).not.toContain('@resend.dev');
});

test('nothing of a cancelled issue is offered to be sent again, and a rejected address is not urgent', async () => {
  const app = await createUnknown();
  const { db } = app.context;
  await db
    .updateTable('deliveries')
    .set({ status: 'rejected', rejected_at: app.clock.now })
    .where('id', '=', 1)
    .execute();
  const overview = async () => (await app.request('/studio')).text();
  expect(await overview()).toContain('1 mail of issue 1 was rejected');
  expect(await overview()).toContain(`class="button plain" href="${PAGE}#open-rejected"`);
  await db.updateTable('issues').set({ status: 'cancelled', cancelled_at: app.clock.now }).execute();
  expect(await overview()).not.toContain('was rejected');
  expect(await app.page()).not.toContain(`${PAGE}/send-again`);
  expect(await app.page()).toContain(
    'Cancelled after 0 (and perhaps 2 more) of 3 readers had been sent the issue.',
  );
});

test('a week without an issue is drafted from its task, even while an older issue waits', async () => {
  const app = await createTestApp({}, '2026-11-16T10:00:00Z');
  const { db } = app.context;
  app.context.installation = await loadInstallation(db);
  await seedContent(db, '2026-11-15T09:00:00Z');
  await draftIssue(app.context, '2026-W47');
  await db
    .updateTable('issues')
    .set({ status: 'held', status_reason: 'nobody was there', held_at: app.clock.now })
    .execute();
  app.clock.now = new Date('2026-11-23T10:00:00Z');
  await db
    .updateTable('comparisons')
    .set({ published_at: new Date('2026-11-22T09:00:00Z') })
    .execute();
  await db.updateTable('tools').set({ revision: 9 }).execute();
  const page = await (await app.request('/studio')).text();
  expect(page).toMatch(
    /There is no issue of 2026-W48[^<]*<\/span><form action="\/studio\/draft" method="post"/,
  );
  expect((await app.post('/studio/draft')).headers.get('location')).toBe(PAGE);
});

test('an impossible decision is refused with a message, and changes nothing', async () => {
  const app = await createUnknown();
  const odd = await app.post(`${PAGE}/send-again`, { status: 'nonsense' });
  expect(odd.status).toBe(400);
  const delivered = await app.post(`${PAGE}/send-again`, { status: 'delivered' });
  expect(delivered.status).toBe(409);
  expect(await delivered.text()).toContain('Mails that are delivered cannot be chosen');
  expect(await app.counts()).toEqual({ unknown: 3 });
});

test('an issue that resumes automatically shows when, and can be kept paused', async () => {
  const app = await createUnknown();
  await app.context.db
    .updateTable('issues')
    .set({ status: 'paused', status_reason: 'quota', resume_at: new Date('2026-11-26T00:01:00Z') })
    .execute();
  const page = await app.page();
  expect(page).toContain('Sending resumes automatically at 2026-11-26 00:01 UTC.');
  expect(page).toContain('Keep it paused');
  await app.post(`${PAGE}/pause`);
  expect(await app.page()).not.toMatch(/resumes automatically|Keep it paused/);
});

test('a week without a draft waits for a person, who drafts it once there is something to write about', async () => {
  const app = await createTestApp({}, '2026-11-22T10:00:00Z');
  await app.context.db
    .updateTable('installation')
    .set({ created_at: new Date('2026-11-01') })
    .execute();
  app.context.installation = await loadInstallation(app.context.db);
  app.clock.now = new Date('2026-11-23T06:01:00Z');
  await tick(app.context);
  await app.drain();
  app.clock.now = new Date('2026-11-23T09:00:00Z');
  const studio = async () => (await app.request('/studio')).text();
  expect(await studio()).toContain(
    'There is no issue of 2026-W48, which was to be drafted on Monday 23 November',
  );
  const nothing = await app.post('/studio/draft');
  expect([nothing.status, await nothing.text()]).toEqual([
    409,
    expect.stringContaining('no comparison can be used'),
  ]);
  await seedContent(app.context.db);
  const drafted = await app.post('/studio/draft');
  expect([drafted.status, drafted.headers.get('location')]).toEqual([303, '/studio/issues/2026-W48']);
  expect(await studio()).not.toContain('There is no issue of 2026-W48');
  expect((await app.post('/studio/draft')).status).toBe(303);
  const log = await app.context.db.selectFrom('audit_log').select(['action', 'week']).execute();
  expect(log[0]).toEqual({ action: 'draft', week: '2026-W48' });
});
