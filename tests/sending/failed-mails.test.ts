import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { sendDigestJob } from '../../jobs/letters/send-digest.ts';
import { checkSending } from '../../src/doctor/checks/check-work.ts';
import type { CheckContext } from '../../src/doctor/checks/check-context.ts';
import { applyEvent } from '../../src/sending/events/apply-event.ts';
import { sendAgain } from '../../src/sending/control/decide-deliveries.ts';
import { reconcile } from '../../src/sending/restore/reconcile.ts';
import { sendBatch } from '../../src/sending/submit/send-batch.ts';
import { sunset } from '../../src/subscribers/engagement/sunset.ts';
import { createPreparedIssue } from '../support/prepared-issue.ts';
import { createSentIssue } from '../support/sent-issue.ts';
import { createReportedMails, createUnknownMails } from './reported-mails.ts';

const WEEK = '2026-W48';
const DAY_MS = 86_400_000;
const QUOTA = { failed: { reason: 'reached_daily_quota' } };

async function createSent(readers = 3) {
  const app = await createReportedMails(readers);
  await app.drain();
  return {
    ...app,
    notices: () =>
      app.context.db.selectFrom('staff_notices').select(['message', 'details']).orderBy('id').execute(),
  };
}

test('staff are told of mails that Resend accepted and did not send, once a day, and by doctor until they are sent again', async () => {
  const app = await createSent();
  await app.reportEvent(1, 'email.failed', QUOTA);
  await app.reportEvent(2, 'email.failed', QUOTA);
  const told = (await app.notices()).filter(({ message }) => message.includes('did not send it'));
  expect(told).toHaveLength(1);
  expect(told[0]?.message).toContain('(reached_daily_quota)');
  expect(told[0]?.message).toContain('`verdicts issue send-again 2026-W48 --status failed`');
  const check = () => checkSending({ context: app.context } as CheckContext);
  expect(await check()).toMatchObject([
    { state: 'warning', message: '2 mails of 2026-W48 were accepted by Resend, but not sent' },
  ]);
  await sendAgain(app.context, WEEK, { status: 'failed', by: 'ann' });
  await app.drain();
  expect(await check()).toMatchObject([{ state: 'ok' }]);
});

test('the notice that an issue is finished counts mails that failed meanwhile for themselves', async () => {
  const app = await createReportedMails(130);
  await sendBatch(app.context, 1);
  await app.reportEvent(1, 'email.failed', { failed: { reason: 'unknown' } });
  await app.drain();
  const finished = await app.context.db
    .selectFrom('staff_notices')
    .select('details')
    .where('subject_key', 'like', 'sent %')
    .executeTakeFirstOrThrow();
  expect(finished.details.figures).toEqual(
    expect.arrayContaining([
      ['Submitted', '129'],
      ['Failed: accepted by Resend, but not sent', '1'],
    ]),
  );
});

test('an issue all of whose mails Resend rejects is paused after the first batch', async () => {
  const app = await createPreparedIssue(350);
  const { context } = app;
  const { db } = context;
  await sql`update issue_renderings set envelope = jsonb_set(envelope, '{from}', '"nobody"')`.execute(db);
  await app.drain();
  expect(await db.selectFrom('issues').select(['status', 'status_reason']).execute()).toEqual([
    { status: 'paused', status_reason: expect.stringContaining('Resend rejected all 100 mails of a batch') },
  ]);
  const rejected = await db.selectFrom('deliveries').select('id').where('status', '=', 'rejected').execute();
  expect(rejected.length).toBeLessThan(350);
});

test('that the first mail failed does not stop the second one, which staff ordered', async () => {
  const app = await createUnknownMails(1);
  await sendAgain(app.context, WEEK, { status: 'unknown', by: 'ann' });
  await app.reportEvent(1, 'email.failed', QUOTA);
  await app.drain();
  expect(await app.counts()).toEqual({ submitted: 1 });
  expect(await app.mails()).toHaveLength(2);
});

test('that the first mail failed says nothing about a second one whose outcome is unknown', async () => {
  const app = await createUnknownMails(1);
  await sendAgain(app.context, WEEK, { status: 'unknown', by: 'ann' });
  await app.drain();
  await app.context.db.updateTable('deliveries').set({ status: 'unknown' }).execute();
  await app.reportEvent(1, 'email.failed', QUOTA);
  expect(await app.counts()).toEqual({ unknown: 1 });
  await app.reportEvent(1, 'email.delivered', {}, '2');
  expect(await app.counts()).toEqual({ delivered: 1 });
});

test('a mail that was opened or clicked has arrived, if nothing else is known about it', async () => {
  const app = await createUnknownMails(3);
  await app.reportEvent(1, 'email.clicked');
  await sendAgain(app.context, WEEK, { status: 'unknown', by: 'ann' });
  await app.reportEvent(2, 'email.opened');
  await app.drain();
  expect(await app.counts()).toEqual({ delivered: 2, submitted: 1 });
});

test.each([1, 2])(
  'after a restore to round %i the failed first mail is not taken for the second one',
  async (round) => {
    const app = await createSent(1);
    const { context } = app;
    const { db } = context;
    const before = await db
      .selectFrom('deliveries')
      .select(['batch_id', 'queued_at'])
      .executeTakeFirstOrThrow();
    await app.reportEvent(1, 'email.failed', QUOTA);
    const sent_at = app.clock.now;
    await sql`update outbox.mails set last_event = 'failed', created_at = ${sent_at}`.execute(db);
    app.clock.now = new Date(sent_at.getTime() + 60_000);
    await sendAgain(context, WEEK, { status: 'failed', by: 'ann' });
    const again = await db
      .selectFrom('deliveries')
      .select(['batch_id', 'queued_at'])
      .executeTakeFirstOrThrow();
    await app.drain();
    await sql`
    update outbox.mails set created_at = ${new Date(sent_at.getTime() + 120_000)}, last_event = 'delivered'
    where last_event <> 'failed'`.execute(db);
    const restored = round === 1 ? before : again;
    await db
      .updateTable('deliveries')
      .set({ ...restored, round, status: 'queued', resend_id: null, submitting_at: null, submitted_at: null })
      .execute();
    await db
      .updateTable('batches')
      .set({ status: 'queued', settled_at: null })
      .where('id', '=', restored.batch_id)
      .execute();
    await db.updateTable('issues').set({ status: 'sending' }).execute();
    await reconcile(context);
    expect(await db.selectFrom('deliveries').select('status').execute()).toEqual([{ status: 'delivered' }]);
  },
);

test('after a restore to round 2 a mail that is listed as failed from before that round is not its mail', async () => {
  const app = await createSent(1);
  const { db } = app.context;
  await app.reportEvent(1, 'email.failed', QUOTA);
  await sql`update outbox.mails set last_event = 'failed', created_at = ${app.clock.now}`.execute(db);
  app.clock.now = new Date(app.clock.now.getTime() + 60_000);
  await sendAgain(app.context, WEEK, { status: 'failed', by: 'ann' });
  await reconcile(app.context);
  expect(await db.selectFrom('deliveries').select('status').execute()).toEqual([{ status: 'queued' }]);
});

test('once the first mail has made the second unnecessary, what becomes of it counts', async () => {
  const app = await createUnknownMails(1);
  await sendAgain(app.context, WEEK, { status: 'unknown', by: 'ann' });
  await app.reportEvent(1, 'email.sent');
  expect(await app.counts()).toEqual({ submitted: 1 });
  await app.reportEvent(1, 'email.failed', QUOTA);
  expect(await app.counts()).toEqual({ failed: 1 });
});

test('a small issue all of whose mails are rejected is finished, and the notice says what to do', async () => {
  const app = await createPreparedIssue(12);
  const { db } = app.context;
  await sql`update issue_renderings set envelope = jsonb_set(envelope, '{from}', '"nobody"')`.execute(db);
  await app.drain();
  const notices = await db.selectFrom('staff_notices').select(['message', 'details']).execute();
  expect(notices).toMatchObject([
    {
      message: expect.stringContaining('send-again 2026-W48 --status rejected'),
      details: { is_routine: false },
    },
  ]);
});

test('an order to send a digest that a restore has lost, and its repetition, have the same key', async () => {
  const app = await createSentIssue(1);
  const { context } = app;
  await context.db.updateTable('subscribers').set({ frequency: 'monthly' }).execute();
  for (const hours of [0, 2]) {
    app.clock.now = new Date(app.clock.now.getTime() + hours * 3_600_000);
    await context.db.updateTable('subscribers').set({ digest_month: null, digest_order: null }).execute();
    await sendDigestJob(context, { month: '2026-11' });
    await app.drain();
  }
  const mails = await context.db.selectFrom('outbox.mails').select('subject').execute();
  expect(mails.filter(({ subject }) => subject.includes('in verdicts'))).toHaveLength(1);
});

test('a digest that failed is sent again at once, although Resend still knows the key of the first copy', async () => {
  const app = await createSentIssue(1);
  const { context } = app;
  const { db, installation } = context;
  const month = '2026-11';
  await db.updateTable('subscribers').set({ frequency: 'monthly' }).execute();
  const digests = async () =>
    (await db.selectFrom('outbox.mails').select('subject').execute()).filter(({ subject }) =>
      subject.includes('in verdicts'),
    ).length;
  await sendDigestJob(context, { month });
  await app.drain();
  const fail = (order?: string) =>
    applyEvent(context, `msg_${Math.random()}`, {
      type: 'email.failed',
      created_at: app.clock.now,
      data: {
        ...QUOTA,
        tags: {
          sender: installation.id,
          reader: '1',
          letter: `digest-${month}`,
          ...(order ? { order } : {}),
        },
      },
    });
  await fail();
  app.clock.now = new Date(app.clock.now.getTime() + 3_600_000);
  await sendDigestJob(context, { month });
  await app.drain();
  expect(await digests()).toBe(2);
  // A late report about the first copy does not cause a third.
  await fail();
  await sendDigestJob(context, { month });
  await app.drain();
  expect(await digests()).toBe(2);
});

test('nobody is asked whether they still want what Resend did not send them', async () => {
  const app = await createSentIssue(2, 'unknown', { SUNSET_ISSUES: '1', SUNSET_LAST_ISSUES: '1' });
  const { db } = app.context;
  await db.updateTable('deliveries').set({ status: 'failed' }).where('subscriber_id', '=', 1).execute();
  app.clock.now = new Date(app.clock.now.getTime() + 10 * DAY_MS);
  expect(await sunset(app.context)).toMatchObject({ asked: 1 });
  expect(
    await db.selectFrom('subscribers').select('id').where('still_asked_at', 'is not', null).execute(),
  ).toEqual([{ id: 2 }]);
});
