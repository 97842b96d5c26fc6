import { isWaiting } from '../support/is-waiting.ts';
import { publishAgain } from '../support/publish-again.ts';
import { expect, test, vi } from 'vitest';
import { tick } from '../../jobs/run/timetable.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import type { Fault } from '../../src/local/outbox/store/faults.ts';
import { applyEvent } from '../../src/sending/events/apply-event.ts';
import { haltAfter, nextQuotaRetryAt } from '../../src/sending/rules/batch-outcome.ts';
import { cancelIssue } from '../../src/sending/control/cancel-issue.ts';
import { pauseIssue } from '../../src/sending/control/pause-issue.ts';
import { resumeIssue } from '../../src/sending/control/resume-issue.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { readEvent } from '../../src/sending/events/read-event.ts';
import { sendBatch } from '../../src/sending/submit/send-batch.ts';
import { findPauseReason } from '../../src/sending/control/pause-if-too-many-bounces-or-complaints.ts';
import { countDeliveries } from '../../src/sending/deliveries/count-deliveries.ts';
import { createPreparedIssue } from '../support/prepared-issue.ts';

const WEEK = '2026-W48';
const LIMITS = { bouncePercent: 4, complaintPercent: 0.08 };

async function createPrepared(readers: number, env: Record<string, string> = {}) {
  const app = await createPreparedIssue(readers, env);
  const { context } = app;
  const reportEvent = async (deliveryId: number, type: string, data: object = {}) => {
    const tags = { sender: context.installation.id, delivery: String(deliveryId), round: '1' };
    const created_at = app.clock.now.toISOString();
    await applyEvent(
      context,
      `msg_${deliveryId}_${type}`,
      readEvent({ type, created_at, data: { tags, ...data } })!,
    );
  };
  return {
    ...app,
    reportEvent,
    issue: () => getIssue(context.db, WEEK),
    counts: () => countDeliveries(context.db, 1),
    notices: async () =>
      (await context.db.selectFrom('staff_notices').select('message').orderBy('id').execute()).map(
        ({ message }) => message,
      ),
    tickAt: async (time: string) => {
      app.clock.now = new Date(time);
      await Promise.all([tick(context), tick(context)]);
      await app.drain();
    },
  };
}

test.each([
  ['2026-11-24T14:00:00Z', '2026-11-25T00:01:00Z'],
  ['2026-11-24T23:59:59Z', '2026-11-25T00:01:00Z'],
  ['2026-11-25T00:00:30Z', '2026-11-25T00:10:30Z'],
  ['2026-12-31T20:00:00Z', '2027-01-01T00:01:00Z'],
])('a quota exceeded at %s is retried at %s', (now, then) => {
  expect(nextQuotaRetryAt(new Date(now))).toEqual(new Date(then));
});

test('only responses that rule out the next call halt an issue', () => {
  const now = new Date('2026-11-24T14:00:00Z');
  const reason = '1 x';
  expect(haltAfter({ kind: 'accepted', mails: [] }, now)).toBeUndefined();
  expect(haltAfter({ kind: 'wait', seconds: 1, reason }, now)).toBeUndefined();
  expect(haltAfter({ kind: 'retry', reason }, now)).toBeUndefined();
  expect(haltAfter({ kind: 'unknown', reason }, now)).toBeUndefined();
  const words = 'Resend returned 1 x';
  expect(haltAfter({ kind: 'pause', reason }, now)).toEqual({
    reason: words,
    resume_at: null,
    is_general: false,
  });
  expect(haltAfter({ kind: 'stop', reason }, now)).toEqual({
    reason: words,
    resume_at: null,
    is_general: true,
  });
  expect(haltAfter({ kind: 'quota', reason }, now)?.resume_at).toEqual(new Date('2026-11-25T00:01:00Z'));
});

test.each<Fault>([
  { kind: 'daily-quota', times: 1 },
  { kind: 'monthly-quota', times: 1 },
])('after $kind the issue pauses with the reason, and resumes by itself the next UTC day', async (fault) => {
  const app = await createPrepared(230);
  await sendBatch(app.context, 1);
  app.outbox.faults.add(fault);
  await app.drain();
  expect(await app.issue()).toMatchObject({
    status: 'paused',
    status_reason: `Resend returned 429 ${fault.kind.replace('-', '_')}_exceeded`,
    resume_at: new Date('2026-11-25T00:01:00Z'),
  });
  expect(await app.notices()).toEqual([
    expect.stringContaining('resumes automatically at 2026-11-25 00:01 UTC'),
  ]);
  await app.tickAt('2026-11-25T00:00:00Z');
  expect(await app.counts()).toEqual({ submitted: 100, queued: 130 });
  await app.tickAt('2026-11-25T00:01:00Z');
  expect(await app.counts()).toEqual({ submitted: 230 });
  expect(await app.issue()).toMatchObject({ status: 'sent', resume_at: null, status_reason: null });
});

test('a quota that is still exceeded pauses the issue again, and staff are not notified twice', async () => {
  const app = await createPrepared(3);
  app.outbox.faults.add({ kind: 'monthly-quota', times: 3 });
  await app.drain();
  await app.tickAt('2026-11-25T00:01:00Z');
  await app.tickAt('2026-11-25T00:11:00Z');
  expect(await app.issue()).toMatchObject({ status: 'paused', resume_at: new Date('2026-11-26T00:01:00Z') });
  expect(await app.notices()).toHaveLength(1);
  await app.tickAt('2026-11-26T00:01:00Z');
  expect((await app.issue()).status).toBe('sent');
});

test('a pause or cancellation by staff overrides the automatic resume after a quota', async () => {
  const app = await createPrepared(3);
  app.outbox.faults.add({ kind: 'daily-quota', times: 1 });
  await app.drain();
  await pauseIssue(app.context, WEEK, 'not tomorrow');
  await expect(pauseIssue(app.context, WEEK, 'twice')).rejects.toThrow('already paused');
  await app.tickAt('2026-11-25T00:01:00Z');
  expect(await app.issue()).toMatchObject({ status: 'paused', status_reason: 'not tomorrow' });
  await cancelIssue(app.context, WEEK);
  await app.tickAt('2026-11-26T00:01:00Z');
  expect((await app.issue()).status).toBe('cancelled');
  expect(await app.context.db.selectFrom('outbox.mails').select('id').execute()).toEqual([]);
});

test('a quota failure that is reported after Resend accepted the mail pauses the issue too', async () => {
  const app = await createPrepared(230);
  await sendBatch(app.context, 1);
  await app.reportEvent(1, 'email.failed', { failed: { reason: 'reached_daily_quota' } });
  expect(await app.issue()).toMatchObject({
    status: 'paused',
    status_reason: 'Resend reported reached_daily_quota for mails it had accepted',
    resume_at: new Date('2026-11-25T00:01:00Z'),
  });
  await app.reportEvent(2, 'email.failed', { failed: { reason: 'reached_daily_quota' } });
  expect(await app.notices()).toEqual([
    expect.stringContaining('did not send it'),
    expect.stringContaining('is paused'),
  ]);
});

test('rates are computed from the last mails, at least a hundred, and only a rate above the limit pauses', () => {
  expect(findPauseReason({ mails: 1000, bounced: 40, complained: 0 }, LIMITS)).toBeUndefined();
  expect(findPauseReason({ mails: 1000, bounced: 41, complained: 0 }, LIMITS)).toBe(
    '41 of the last 1,000 mails bounced, more than 4%',
  );
  expect(findPauseReason({ mails: 10, bounced: 4, complained: 0 }, LIMITS)).toBeUndefined();
  expect(findPauseReason({ mails: 10, bounced: 5, complained: 0 }, LIMITS)).toContain('bounced');
  expect(findPauseReason({ mails: 1000, bounced: 0, complained: 1 }, LIMITS)).toBe(
    '1 of the last 1,000 mails was reported as spam, more than 0.08%',
  );
  expect(findPauseReason({ mails: 10_000, bounced: 0, complained: 8 }, LIMITS)).toBeUndefined();
});

test('too many bounces pause the issue and notify staff; after a resume only new ones count', async () => {
  const app = await createPrepared(330);
  await sendBatch(app.context, 1);
  for (const id of [1, 2, 3, 4]) {
    await app.reportEvent(id, 'email.bounced', { bounce: { type: 'Permanent' } });
  }
  expect((await app.issue()).status).toBe('sending');
  await app.reportEvent(5, 'email.bounced', { bounce: { type: 'Permanent' } });
  const reason = '5 of the last 100 mails bounced, more than 4%';
  expect(await app.issue()).toMatchObject({ status: 'paused', status_reason: reason, resume_at: null });
  expect(await app.notices()).toEqual([expect.stringContaining(reason)]);
  await app.drain();
  expect(await app.counts()).toEqual({ bounced: 5, submitted: 95, queued: 230 });
  app.clock.now = new Date('2026-11-24T15:00:00Z');
  await resumeIssue(app.context, WEEK);
  await sendBatch(app.context, 2);
  await app.reportEvent(6, 'email.bounced', { bounce: { type: 'Permanent' } });
  expect((await app.issue()).status).toBe('sending');
});

test('a complaint rate over the limit pauses the issue; the limit is a setting', async () => {
  const app = await createPrepared(230);
  await sendBatch(app.context, 1);
  await app.reportEvent(1, 'email.complained');
  expect((await app.issue()).status_reason).toContain('reported as spam, more than 0.08%');
  const lenient = await createPrepared(230, { STOP_COMPLAINT_PERCENT: '1' });
  await sendBatch(lenient.context, 1);
  await lenient.reportEvent(1, 'email.complained');
  expect((await lenient.issue()).status).toBe('sending');
});

test('only bounces within the window of the last mails count', async () => {
  const app = await createPrepared(330, { STOP_WINDOW: '100', STOP_BOUNCE_PERCENT: '2' });
  await sendBatch(app.context, 1);
  await app.reportEvent(1, 'email.bounced', { bounce: { type: 'Permanent' } });
  await app.reportEvent(2, 'email.bounced', { bounce: { type: 'Permanent' } });
  app.clock.now = new Date('2026-11-24T14:10:00Z');
  await sendBatch(app.context, 2);
  await app.reportEvent(101, 'email.bounced', { bounce: { type: 'Permanent' } });
  expect((await app.issue()).status).toBe('sending');
  await app.reportEvent(102, 'email.bounced', { bounce: { type: 'Permanent' } });
  await app.reportEvent(103, 'email.bounced', { bounce: { type: 'Permanent' } });
  expect((await app.issue()).status).toBe('paused');
});

test('staff are notified of every pause that waits for them, even for the same reason', async () => {
  const app = await createPrepared(250);
  const count = async () =>
    (await app.notices()).filter((notice) => notice.includes('was reported as spam')).length;
  await sendBatch(app.context, 1);
  await app.reportEvent(1, 'email.complained');
  expect([(await app.issue()).status, await count()]).toEqual(['paused', 1]);
  app.clock.now = new Date(app.clock.now.getTime() + 60_000);
  await resumeIssue(app.context, WEEK);
  await sendBatch(app.context, 2);
  app.clock.now = new Date(app.clock.now.getTime() + 60_000);
  await app.reportEvent(101, 'email.complained');
  expect([(await app.issue()).status, await count()]).toEqual(['paused', 2]);
});

test('a quota that was reached before the issue resumed does not pause it again', async () => {
  const app = await createPrepared(250);
  await sendBatch(app.context, 1);
  const reached = () => app.reportEvent(2, 'email.failed', { failed: { reason: 'reached_daily_quota' } });
  await pauseIssue(app.context, WEEK, 'the quota');
  const before = app.clock.now;
  app.clock.now = new Date(before.getTime() + 60_000);
  await resumeIssue(app.context, WEEK);
  const after = app.clock.now;
  app.clock.now = before;
  await reached();
  expect((await app.issue()).status).toBe('sending');
  app.clock.now = new Date(after.getTime() + 60_000);
  await app.reportEvent(3, 'email.failed', { failed: { reason: 'reached_daily_quota' } });
  expect((await app.issue()).status).toBe('paused');
});

test('a refusal of all sending locks the issues in one order, so that refusals of several batches do not deadlock', async () => {
  const app = await createPrepared(3);
  const { context } = app;
  const { db } = context;
  await publishAgain(app);
  await draftIssue(context, '2026-W49');
  await approveIssue(context, '2026-W49', 'test', { despite: 'a test' });
  await prepareIssue(context, '2026-W49');
  app.outbox.faults.add({ kind: 'unauthorized', times: 1 });
  const refused = await db.transaction().execute(async (tx) => {
    await tx.selectFrom('issues').select('id').where('id', '=', 1).forUpdate().execute();
    const sending = sendBatch(context, 2).catch(() => undefined);
    await vi.waitUntil(() => isWaiting(db));
    // The transaction that waits for the first issue has not locked the second.
    await tx.selectFrom('issues').select('id').where('id', '=', 2).forUpdate().noWait().execute();
    return { sending };
  });
  await refused.sending;
  expect(await db.selectFrom('issues').select('status').orderBy('id').execute()).toEqual([
    { status: 'paused' },
    { status: 'paused' },
  ]);
});

test('batches are sent in order', async () => {
  const app = await createPrepared(450);
  await app.drain();
  const batches = await app.context.db
    .selectFrom('outbox.mails')
    .innerJoin('deliveries', 'deliveries.resend_id', 'outbox.mails.id')
    .select('batch_id')
    .orderBy('sequence')
    .execute();
  const order = [...new Set(batches.map(({ batch_id }) => batch_id))];
  expect(order).toEqual([1, 2, 3, 4, 5]);
});

test('a batch that lost its job is sent at the next tick', async () => {
  const app = await createPrepared(230);
  await sendBatch(app.context, 1);
  await app.context.pool.query(`delete from pgboss.job where name = 'send-batch'`);
  await app.tickAt('2026-11-24T14:01:00Z');
  expect(await app.counts()).toEqual({ submitted: 230 });
  expect((await app.issue()).status).toBe('sent');
});
