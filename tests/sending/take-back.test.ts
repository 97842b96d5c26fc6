import { unsubscribe } from '../../src/subscribers/leave/unsubscribe.ts';
import { loadDigest } from '../../src/issues/results/digest.ts';
import { LOST_WEEK } from '../../src/issues/decide/draft.ts';
import { detectMove, recordIdentity } from '../../src/installation/identity.ts';
import { reconcile } from '../../src/sending/restore/reconcile.ts';
import { detectRollback } from '../../src/sending/restore/detect-rollback.ts';
import { cancelIssue } from '../../src/sending/control/cancel-issue.ts';
import { expect, test } from 'vitest';
import { tick } from '../../jobs/run/timetable.ts';
import { summarize } from '../../src/commands/issue/_describe-issue.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { editIssue } from '../../src/issues/edit/edit.ts';
import { moveSendTime } from '../../src/issues/decide/move-send-time.ts';
import { skipWeek, unskipWeek } from '../../src/issues/decide/skip.ts';
import { holdIssue } from '../../src/issues/decide/hold.ts';
import { hashContent } from '../../src/issues/record/content-hash.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { pauseIssue } from '../../src/sending/control/pause-issue.ts';
import { withdrawApproval } from '../../src/sending/control/withdraw-approval.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { countDeliveries } from '../../src/sending/deliveries/count-deliveries.ts';
import { sendBatch } from '../../src/sending/submit/send-batch.ts';
import { signVote } from '../../src/links/tokens.ts';
import { closeVoting } from '../../src/votes/close/close.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';

async function createApproved(readers = 250, APPROVAL = 'required'): Promise<TestApp> {
  // A day before the send time.
  const app = await createTestApp({ APPROVAL }, '2026-11-23T10:00:00Z');
  await seedContent(app.context.db);
  await seedReaders(app.context.db, readers);
  await draftIssue(app.context, WEEK);
  await approveIssue(app.context, WEEK, 'ann');
  return app;
}

const issueOf = ({ context }: TestApp) => getIssue(context.db, WEEK);

test('an approval can be withdrawn after the recipients were frozen; then the edited issue goes out, once', async () => {
  const app = await createApproved();
  const { context } = app;
  await prepareIssue(context, WEEK);
  await withdrawApproval(context, WEEK);
  expect(await issueOf(app)).toMatchObject({ status: 'draft', approved_at: null, prepared_at: null });
  expect(await countDeliveries(context.db, 1)).toEqual({});
  // The jobs of the batches that are gone end.
  await app.drain();
  await editIssue(context, WEEK, { subject: 'What we really wanted to say this week' });
  await approveIssue(context, WEEK, 'bob');
  expect(await prepareIssue(context, WEEK)).toBe(250);
  await app.drain();
  const mails = await context.db.selectFrom('outbox.mails').select(['subject', 'to_addresses']).execute();
  expect(new Set(mails.map(({ to_addresses }) => to_addresses.join())).size).toBe(250);
  expect(mails).toHaveLength(250);
  expect(new Set(mails.map(({ subject }) => subject))).toEqual(
    new Set(['What we really wanted to say this week']),
  );
});

test('an approval cannot be withdrawn once a batch is claimed', async () => {
  const app = await createApproved();
  await prepareIssue(app.context, WEEK);
  await sendBatch(app.context, 1);
  await expect(withdrawApproval(app.context, WEEK)).rejects.toThrow(
    '1 of 3 batches of 2026-W48 have been handed to Resend; pause or cancel it instead.',
  );
  expect((await issueOf(app)).status).toBe('sending');
  await app.drain();
  expect(await countDeliveries(app.context.db, 1)).toEqual({ submitted: 250 });
  await expect(withdrawApproval(app.context, WEEK)).rejects.toThrow('there is no approval to withdraw');
});

test('an approval can still be withdrawn, in the studio as well, when a batch ended because its readers had left', async () => {
  const app = await createApproved(101);
  const { context } = app;
  await prepareIssue(context, WEEK);
  const last = await context.db
    .selectFrom('deliveries')
    .select(['batch_id', 'subscriber_id'])
    .orderBy('batch_id', 'desc')
    .executeTakeFirstOrThrow();
  await unsubscribe(context, last.subscriber_id);
  await sendBatch(context, last.batch_id);
  expect(await countDeliveries(context.db, 1)).toEqual({ queued: 100, skipped: 1 });
  expect(await (await app.request(`/studio/issues/${WEEK}`)).text()).toContain('Withdraw the approval');
  await withdrawApproval(context, WEEK);
  expect(await issueOf(app)).toMatchObject({ status: 'draft' });
});

test('withdrawing while a worker claims either stops everything or changes nothing', async () => {
  for (let round = 0; round < 5; round++) {
    const app = await createApproved(100);
    await prepareIssue(app.context, WEEK);
    const [withdrawn] = await Promise.allSettled([
      withdrawApproval(app.context, WEEK),
      sendBatch(app.context, 1),
    ]);
    const mails = await app.context.db.selectFrom('outbox.mails').select('id').execute();
    expect([mails.length, (await issueOf(app)).status]).toEqual(
      withdrawn.status === 'fulfilled' ? [0, 'draft'] : [100, 'sent'],
    );
  }
});

test('a skipped week mails nobody, and can be taken back as it was until it ends', async () => {
  const app = await createApproved(2);
  await skipWeek(app.context, WEEK);
  app.clock.now = new Date('2026-11-24T14:00:00Z');
  await tick(app.context);
  await app.drain();
  expect(await countDeliveries(app.context.db, 1)).toEqual({});
  // Its send time has passed meanwhile: taking it back mails nobody at once.
  await unskipWeek(app.context, WEEK);
  expect(await issueOf(app)).toMatchObject({
    status: 'held',
    status_reason: expect.stringContaining('passed'),
  });
  await skipWeek(app.context, WEEK);
  app.clock.now = new Date('2026-11-30T00:00:00Z');
  await expect(unskipWeek(app.context, WEEK)).rejects.toThrow('The week 2026-W48 is over');
});

test('before its send time, a week that is taken back is approved or a draft, as it was', async () => {
  const app = await createApproved(2);
  await skipWeek(app.context, WEEK);
  await unskipWeek(app.context, WEEK);
  expect(await issueOf(app)).toMatchObject({ status: 'approved', cancelled_at: null });
  await withdrawApproval(app.context, WEEK);
  await skipWeek(app.context, WEEK);
  await unskipWeek(app.context, WEEK);
  expect((await issueOf(app)).status).toBe('draft');
  await expect(unskipWeek(app.context, WEEK)).rejects.toThrow('only a skipped week can be taken back');
});

test('an issue that is cancelled before it is sent is skipped; taken back, it is held for the same reason as before', async () => {
  const app = await createApproved(2);
  const { db } = app.context;
  await holdIssue(app.context, WEEK, 'the lawyers are reading it');
  await cancelIssue(app.context, WEEK);
  await unskipWeek(app.context, WEEK);
  expect(await getIssue(db, WEEK)).toMatchObject({
    status: 'held',
    status_reason: 'the lawyers are reading it',
  });
});

test('an issue that is cancelled after its recipients were chosen, and before anything was sent, is published nowhere and can be taken back', async () => {
  const app = await createApproved(2);
  const { context } = app;
  await prepareIssue(context, WEEK);
  await pauseIssue(context, WEEK, 'the key was refused');
  await context.db.updateTable('issues').set({ digest_month: '2026-11' }).execute();
  const keysOf = async () =>
    (await context.db.selectFrom('batches').select('idempotency_key').execute()).map(
      ({ idempotency_key }) => idempotency_key,
    );
  const before = await keysOf();
  await cancelIssue(context, WEEK);
  expect(await issueOf(app)).toMatchObject({ status: 'cancelled', prepared_at: null, digest_month: null });
  expect((await app.request(`/issues/${WEEK}`)).status).toBe(404);
  expect(await (await app.request('/')).text()).not.toContain(`/issues/${WEEK}`);
  await expect(loadDigest(context, '2026-11')).rejects.toThrow('No issue went out');
  await unskipWeek(context, WEEK);
  expect(await issueOf(app)).toMatchObject({ status: 'approved', status_reason: null });
  expect(await prepareIssue(context, WEEK)).toBe(2);
  // Resend may remember the keys of refused batches.
  const { withdrawals } = await context.db
    .selectFrom('issues')
    .select('withdrawals')
    .executeTakeFirstOrThrow();
  expect([before.length, withdrawals]).toEqual([1, 1]);
  await app.drain();
  expect(await keysOf()).not.toEqual(before);
  expect(await countDeliveries(context.db, 1)).toEqual({ submitted: 2 });
});

test('a week that a restore has lost is not taken back, and no worker takes its mails as a sign of a second restore', async () => {
  const app = await createApproved(2);
  const { context } = app;
  await prepareIssue(context, WEEK);
  await app.drain();
  await context.db.deleteFrom('deliveries').execute();
  await context.db.deleteFrom('batches').execute();
  await context.db
    .updateTable('issues')
    .set({ status: 'cancelled', cancelled_at: app.clock.now, prepared_at: null })
    .execute();
  app.clock.now = new Date();
  await detectRollback(context);
  expect(await detectMove(context.db)).toBeDefined();
  expect((await reconcile(context)).lost_weeks).toEqual([WEEK]);
  await recordIdentity(context.db, app.clock.now);
  await context.db
    .insertInto('schedule_runs')
    .values({ schedule: LOST_WEEK, period: WEEK, outcome: 'started', ran_at: app.clock.now })
    .execute();
  await detectRollback(context);
  expect(await detectMove(context.db)).toBeUndefined();
  await expect(unskipWeek(context, WEEK)).rejects.toThrow('went out before this database was restored');
});

test('the send time is moved within its limits, and the issue goes out then', async () => {
  const app = await createApproved(2);
  const { context } = app;
  await moveSendTime(context, WEEK, '2026-11-24 16:30');
  expect((await issueOf(app)).send_at).toEqual(new Date('2026-11-24T16:30:00Z'));
  app.clock.now = new Date('2026-11-24T16:29:00Z');
  await tick(context);
  await app.drain();
  expect((await issueOf(app)).status).toBe('approved');
  for (const [to, problem] of [
    ['2026-11-24 12:00', 'in the future'],
    ['2026-12-07 00:00', 'no later than the end of the week after it'],
    ['tomorrow', 'is not a time'],
    // The mail says when voting ends.
    ['2026-12-02 09:00', 'Withdraw the approval first'],
  ] as const) {
    await expect(moveSendTime(context, WEEK, to)).rejects.toThrow(problem);
  }
  app.clock.now = new Date('2026-11-24T16:30:00Z');
  await tick(context);
  await app.drain();
  expect((await issueOf(app)).status).toBe('sent');
  await expect(moveSendTime(context, WEEK, '2026-11-25 09:00')).rejects.toThrow('can no longer be moved');
});

test('a draft that nobody approved cannot be moved into its review window', async () => {
  const app = await createApproved(2);
  await withdrawApproval(app.context, WEEK);
  await expect(moveSendTime(app.context, WEEK, '2026-11-23 13:59')).rejects.toThrow('staff have until');
  await moveSendTime(app.context, WEEK, '2026-11-23 14:00');
  expect((await issueOf(app)).send_at).toEqual(new Date('2026-11-23T14:00:00Z'));
});

test('a draft that is moved past the end of its voting says the new day', async () => {
  const app = await createApproved(2);
  await withdrawApproval(app.context, WEEK);
  expect((await issueOf(app)).content.votes_until).toBe('Monday 30 November, 05:00 (UTC)');
  await moveSendTime(app.context, WEEK, '2026-12-02T09:00');
  expect((await issueOf(app)).content.votes_until).toBe('Monday 7 December, 05:00 (UTC)');
});

/** Runs the timetable a minute after the send time. */
async function passSendTime(app: TestApp): Promise<void> {
  app.clock.now = new Date('2026-11-24T14:01:00Z');
  await tick(app.context);
  await app.drain();
}

test('a withdrawn approval keeps the issue back where drafts go out by themselves, until it is approved again', async () => {
  for (const isPrepared of [false, true]) {
    const app = await createApproved(2, 'automatic');
    if (isPrepared) {
      app.clock.now = new Date('2026-11-24T14:00:00Z');
      await prepareIssue(app.context, WEEK);
    }
    await withdrawApproval(app.context, WEEK);
    await passSendTime(app);
    expect(await issueOf(app)).toMatchObject({
      status: 'held',
      status_reason: 'its approval was withdrawn; it goes out once it is approved again',
    });
    await editIssue(app.context, WEEK, { subject: 'What we really wanted to say this week' });
    await approveIssue(app.context, WEEK, 'bob');
    await passSendTime(app);
    expect((await issueOf(app)).status).toBe('sent');
  }
});

test.each(['automatic', 'required'])(
  'a hold outlasts a withdrawal and a skip that is taken back (APPROVAL=%s)',
  async (approval) => {
    const app = await createApproved(2, approval);
    await holdIssue(app.context, WEEK, 'legal says no');
    await withdrawApproval(app.context, WEEK);
    await skipWeek(app.context, WEEK);
    const page = await (await app.request(`/studio/issues/${WEEK}`)).text();
    expect(page.split('id="history"')[0]).not.toContain('legal says no');
    expect(summarize(await issueOf(app))).toMatchObject({ status: 'cancelled', status_reason: null });
    await unskipWeek(app.context, WEEK);
    await passSendTime(app);
    expect(await issueOf(app)).toMatchObject({ status: 'held', status_reason: 'legal says no' });
    expect(await countDeliveries(app.context.db, 1)).toEqual({});
  },
);

test.each([
  // Drafted for the week after, and sent at once.
  [
    '2026-11-24T15:00:00Z',
    '2026-11-24T19:30:00Z',
    'Monday 7 December, 05:00 (UTC)',
    'Monday 30 November, 05:00 (UTC)',
  ],
  // Drafted in time, and sent once that day's closing had passed.
  [
    '2026-11-23T10:00:00Z',
    '2026-11-30T09:30:00Z',
    'Monday 30 November, 05:00 (UTC)',
    'Monday 7 December, 05:00 (UTC)',
  ],
])('drafted at %s and sent at %s, the mail says when voting ends', async (drafted, sent, before, after) => {
  const app = await createTestApp({}, drafted);
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 2);
  await context.db
    .updateTable('subscribers')
    .set({ categories: ['Design'] })
    .where('id', '=', 2)
    .execute();
  await draftIssue(context, WEEK);
  await approveIssue(context, WEEK, 'ann');
  expect((await issueOf(app)).content.votes_until).toBe(before);
  app.clock.now = new Date(sent);
  expect(await (await app.request(`/studio/issues/${WEEK}/send-now`)).text()).toContain(
    `Voting then ends ${after}, not ${before}: the mail will say so.`,
  );
  await prepareIssue(context, WEEK);
  await app.drain();
  const { content, content_hash, approved_by } = await issueOf(app);
  expect([content.votes_until, approved_by]).toEqual([after, 'ann']);
  expect(content_hash).toBe(hashContent(content));
  const mails = await context.db.selectFrom('outbox.mails').select(['text']).execute();
  expect(mails).toHaveLength(2);
  for (const { text } of mails) {
    expect(text).toContain(after);
    expect(text).not.toContain(before);
  }
});

test('a time with an offset or a zone is refused, since it would be another one', async () => {
  const app = await createApproved(2);
  for (const to of ['2026-11-24T16:00+05:00', '2026-11-24T16:00[Asia/Tokyo]', '2026-11-24T16:00Z']) {
    await expect(moveSendTime(app.context, WEEK, to)).rejects.toThrow('is not a time in UTC');
  }
});

test('a week that is far away has no draft, since it would be the latest one for years', async () => {
  const { context } = await createApproved(2);
  await expect(draftIssue(context, '2062-W48')).rejects.toThrow(
    '2062-W48 is more than 4 weeks away; this week is 2026-W48.',
  );
  expect(await draftIssue(context, '2026-W49')).toMatchObject({ kind: expect.any(String) });
});

test('before an issue is resumed whose voting has closed, the studio says that nobody can vote on it', async () => {
  const app = await createApproved(2);
  await prepareIssue(app.context, WEEK);
  await pauseIssue(app.context, WEEK, 'a typo');
  const studio = async () => (await app.request(`/studio/issues/${WEEK}`)).text();
  const notice = 'nobody can vote on the mails that still wait';
  expect(await studio()).not.toContain(notice);
  await closeVoting(app.context, WEEK);
  expect(await studio()).toContain(notice);
});

test('an issue that is withdrawn after its voting closed, unsent, is open for votes once it goes out', async () => {
  const app = await createApproved(2);
  const { context, clock } = app;
  await prepareIssue(context, WEEK);
  clock.now = new Date('2026-11-30T05:30:00Z');
  await closeVoting(context, WEEK);
  await withdrawApproval(context, WEEK);
  expect(await context.db.selectFrom('tallies').selectAll().execute()).toEqual([]);
  await approveIssue(context, WEEK, 'bob');
  await prepareIssue(context, WEEK);
  await app.drain();
  expect(await issueOf(app)).toMatchObject({ status: 'sent', voting_closed_at: null });
  const token = signVote(context.linkKeys, { issue_id: 1, subscriber_id: 1 });
  expect(await (await app.request(`/v/${token}/harborlight/ship`)).text()).not.toContain('Voting is over');
});
