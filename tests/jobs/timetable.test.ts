import type { Context } from '../../src/context.ts';
import { isWaiting } from '../support/is-waiting.ts';
import { sendIssueJob } from '../../jobs/issue/send-issue.ts';
import { sql } from 'kysely';
import { expect, test, vi } from 'vitest';
import { startTimetable, tick } from '../../jobs/run/timetable.ts';
import { markAsMoved } from '../../src/installation/identity.ts';
import type { CheckContext } from '../../src/doctor/checks/check-context.ts';
import { checkContent } from '../../src/doctor/checks/check-timetable.ts';
import { checkIssues } from '../../src/doctor/checks/check-work.ts';
import { moveSendTime } from '../../src/issues/decide/move-send-time.ts';
import { skipWeek, unskipWeek } from '../../src/issues/decide/skip.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { holdIssue, MISSED_BY_SKIPPING, releaseIssue, wasMissed } from '../../src/issues/decide/hold.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { findNextSendTime } from '../../src/issues/record/next-send-time.ts';
import { findOverdueIssue } from '../../src/doctor/checks/find-overdue.ts';
import { findIssue, getIssue, listIssues } from '../../src/issues/record/issue.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { sendNow } from '../../src/sending/control/send-now.ts';
import { publishAgain } from '../support/publish-again.ts';
import { signVote } from '../../src/links/tokens.ts';
import { enqueue } from '../../src/queue/queue.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';
import { seedContent } from '../support/seed.ts';
import { createWeek, tickAt } from './week.ts';
import { visitAndVote } from '../support/visit.ts';

const statusOf = async (app: TestApp, week: string) => (await findIssue(app.context.db, week))?.status;
const mailsOf = async (app: TestApp) =>
  (await app.context.db.selectFrom('outbox.mails').select('id').execute()).length;
const noticesOf = async (app: TestApp) =>
  (await app.context.db.selectFrom('staff_notices').selectAll().orderBy('id').execute())
    .filter(({ details }) => !details.is_routine)
    .map(({ message }) => message);

test('a week runs automatically: drafted on Monday, sent on Tuesday, voting closed the next Monday', async () => {
  const app = await createWeek();
  await tickAt(app, '2026-11-23T05:59:00Z');
  expect(await statusOf(app, '2026-W48')).toBeUndefined();
  await tickAt(app, '2026-11-23T06:00:00Z');
  expect(await statusOf(app, '2026-W48')).toBe('draft');
  await tickAt(app, '2026-11-24T13:59:59Z');
  expect(await mailsOf(app)).toBe(0);
  await tickAt(app, '2026-11-24T14:00:00Z');
  expect(await statusOf(app, '2026-W48')).toBe('sent');
  expect(await mailsOf(app)).toBe(2);
  await tickAt(app, '2026-11-30T04:59:00Z');
  expect(await app.context.db.selectFrom('tallies').selectAll().execute()).toEqual([]);
  await tickAt(app, '2026-11-30T05:00:00Z');
  expect(await app.context.db.selectFrom('tallies').selectAll().execute()).toHaveLength(6);
});

test('concurrent ticks of 20 processes create one issue and send it once', async () => {
  const app = await createWeek();
  for (const time of ['2026-11-23T06:00:00Z', '2026-11-24T14:00:00Z']) {
    app.clock.now = new Date(time);
    await Promise.all(Array.from({ length: 20 }, () => tick(app.context)));
    await app.drain();
  }
  expect(await listIssues(app.context.db)).toHaveLength(1);
  expect(await mailsOf(app)).toBe(2);
  const runs = await app.context.db
    .selectFrom('schedule_runs')
    .where('period', '<>', 'latest')
    .select(['schedule', 'period'])
    .where('outcome', '=', 'started')
    .where('schedule', '<>', 'close')
    .orderBy('schedule')
    .execute();
  expect(runs).toEqual([
    { schedule: 'digest', period: '2026-11-02T14:00' },
    { schedule: 'draft', period: '2026-11-23T06:00' },
  ]);
});

test('after three days of downtime over the send time, the issue is sent at the next start', async () => {
  const app = await createWeek();
  await tickAt(app, '2026-11-23T06:00:00Z');
  app.clock.now = new Date('2026-11-26T20:00:00Z');
  const stop = await startTimetable(app.context, 'both');
  await stop();
  await app.drain();
  expect(await statusOf(app, '2026-W48')).toBe('sent');
});

test('after downtime over draft and send time, the issue is drafted at the next start and sent after the review window', async () => {
  const app = await createWeek();
  await tickAt(app, '2026-11-25T08:00:00Z');
  await tickAt(app, '2026-11-25T11:59:59Z');
  expect(await statusOf(app, '2026-W48')).toBe('draft');
  await tickAt(app, '2026-11-25T12:00:00Z');
  expect(await statusOf(app, '2026-W48')).toBe('sent');
  expect(await mailsOf(app)).toBe(2);
});

test('a draft made after downtime that lasted to the end of the week is held, and staff are notified', async () => {
  const app = await createWeek();
  await tickAt(app, '2026-11-29T22:00:00Z');
  expect(await findIssue(app.context.db, '2026-W48')).toMatchObject({
    status: 'held',
    status_reason: expect.stringContaining('its week ends'),
  });
  expect(await noticesOf(app)).toEqual([expect.stringContaining('It is held')]);
  await tickAt(app, '2026-11-30T14:00:00Z');
  expect(await mailsOf(app)).toBe(0);
});

test('an issue drafted manually on a Friday is sent on Tuesday, as the studio says', async () => {
  const app = await createWeek({}, '2026-11-27T11:21:00Z');
  await draftIssue(app.context, '2026-W48');
  await tickAt(app, '2026-11-27T11:22:00Z');
  await tickAt(app, '2026-11-29T23:59:00Z');
  expect(await statusOf(app, '2026-W48')).toBe('draft');
  const page = await (await app.request('/studio/issues/2026-W48')).text();
  expect(page).toContain('Goes to 2 readers on Tuesday 1 December 2026, 14:00 (UTC), in 2 days.');
  await tickAt(app, '2026-12-01T14:00:00Z');
  expect(await statusOf(app, '2026-W48')).toBe('sent');
});

test('with a draft on Friday and a send time on Monday, it is sent on Monday, and voting closes a week later', async () => {
  const app = await createWeek({ SCHEDULE_DRAFT: '0 16 * * 5', SCHEDULE_SEND: '0 9 * * 1' });
  await tickAt(app, '2026-11-27T16:00:00Z');
  await tickAt(app, '2026-11-30T08:59:00Z');
  expect(await statusOf(app, '2026-W48')).toBe('draft');
  await tickAt(app, '2026-11-30T09:00:00Z');
  expect(await statusOf(app, '2026-W48')).toBe('sent');
  expect((await findIssue(app.context.db, '2026-W48'))?.content.votes_until).toBe(
    'Monday 7 December, 05:00 (UTC)',
  );
});

test('an issue is not moved or unskipped to the day of another; once it is released, staff are told of both', async () => {
  const app = await createWeek();
  const { context } = app;
  await draftIssue(context, '2026-W48');
  await publishAgain(app);
  await draftIssue(context, '2026-W49');
  await expect(moveSendTime(context, '2026-W48', '2026-12-01T10:00')).rejects.toThrow(
    'The issue of 2026-W49 goes out on that day, Tuesday 1 December 2026, 14:00 (UTC): readers would get two.',
  );
  await skipWeek(context, '2026-W49');
  await moveSendTime(context, '2026-W48', '2026-12-01T10:00');
  await moveSendTime(context, '2026-W48', '2026-12-01T11:00');
  await unskipWeek(context, '2026-W49');
  expect(await findIssue(context.db, '2026-W48')).toMatchObject({
    status: 'held',
    status_reason: 'the issue of 2026-W49 goes out on the same day',
  });
  await releaseIssue(context, '2026-W48');
  const overview = await (await app.request('/studio')).text();
  expect(overview).toContain('Issues 1 and 2 go out on one day, Tuesday 1 December 2026');
  expect(overview).toContain('Next: issue 1');
});

test('a week without anything to send: readers are promised nothing, and doctor says what to do', async () => {
  const app = await createWeek();
  const { context } = app;
  await context.db.deleteFrom('reviews').execute();
  await tickAt(app, '2026-11-23T06:00:00Z');
  app.clock.now = new Date('2026-11-23T08:00:00Z');
  expect(await findNextSendTime(context)).toEqual({
    at: new Date('2026-12-01T14:00:00Z'),
    is_certain: false,
  });
  app.clock.now = new Date('2026-11-24T15:00:00Z');
  expect(await findOverdueIssue(context)).toMatchObject({
    advice: expect.stringContaining('No comparison could be used'),
  });
});

test('two days before a draft doctor says that no comparison can be used for it', async () => {
  const app = await createWeek({}, '2026-11-22T12:00:00Z');
  const contentAt = async (time: string) => {
    app.clock.now = new Date(time);
    return checkContent({ context: app.context } as CheckContext);
  };
  expect(await contentAt('2026-11-22T12:00:00Z')).toMatchObject([{ state: 'ok' }]);
  await app.context.db.deleteFrom('reviews').execute();
  expect(await contentAt('2026-11-20T12:00:00Z')).toMatchObject([{ state: 'ok' }]);
  expect(await contentAt('2026-11-22T12:00:00Z')).toMatchObject([
    {
      state: 'warning',
      message: expect.stringContaining('none of which can be used for the issue of 2026-W48'),
    },
  ]);
});

test('with a draft on Friday and a send time on Monday, the next issue is that of the draft to come', async () => {
  const app = await createWeek({ SCHEDULE_DRAFT: '0 16 * * 5', SCHEDULE_SEND: '0 9 * * 1' });
  expect(await findNextSendTime(app.context)).toMatchObject({ at: new Date('2026-11-30T09:00:00Z') });
  await tickAt(app, '2026-11-27T16:00:00Z');
  expect(await findNextSendTime(app.context)).toMatchObject({ at: new Date('2026-11-30T09:00:00Z') });
  await tickAt(app, '2026-11-30T09:00:00Z');
  expect(await findNextSendTime(app.context)).toMatchObject({ at: new Date('2026-12-07T09:00:00Z') });
});

test('an issue whose time has passed without an approval says that it goes out once it is approved', async () => {
  const app = await createWeek({ APPROVAL: 'required' });
  await tickAt(app, '2026-11-23T06:00:00Z');
  const overview = async () => (await app.request('/studio')).text();
  expect(await overview()).toContain('waits for approval before Tuesday 24 November 2026, 14:00 (UTC)');
  await tickAt(app, '2026-11-24T14:05:00Z');
  expect(await overview()).toContain('has passed, and it goes out as soon as somebody approves it');
});

test('an issue is not moved to a day on which another went out', async () => {
  const app = await createWeek();
  await tickAt(app, '2026-11-23T06:00:00Z');
  await tickAt(app, '2026-11-24T14:00:00Z');
  await publishAgain(app);
  await draftIssue(app.context, '2026-W49');
  await expect(moveSendTime(app.context, '2026-W49', '2026-11-24T20:00')).rejects.toThrow(
    'The issue of 2026-W48 went out on that day',
  );
  await moveSendTime(app.context, '2026-W49', '2026-11-25T20:00');
});

/** The late issue of W48 went out in the morning of the day for which W49 was planned, which was skipped before. */
async function createSkippedWeek(prepare: (context: Context) => Promise<unknown> = async () => undefined) {
  const app = await createWeek();
  const { context } = app;
  await tickAt(app, '2026-11-23T06:00:00Z');
  await publishAgain(app);
  await draftIssue(context, '2026-W49');
  await prepare(context);
  await skipWeek(context, '2026-W49');
  await holdIssue(context, '2026-W48', 'a test');
  app.clock.now = new Date('2026-12-01T09:00:00Z');
  await approveIssue(context, '2026-W48', 'a test', { despite: 'late' });
  await sendNow(context, '2026-W48', 'a test');
  return app;
}

test('an issue that was held before it was skipped keeps that reason when another one went out on its day', async () => {
  const { clock, context } = await createSkippedWeek((one) =>
    holdIssue(one, '2026-W49', 'legal asked us to wait'),
  );
  const held = {
    status: 'held',
    status_reason: expect.stringMatching(
      /^the issue of 2026-W48 went out on the same day; before it was skipped: [^;]*legal asked[^;]*$/,
    ),
  };
  await unskipWeek(context, '2026-W49');
  // Whoever saw the hold before does not end this one.
  expect(await findIssue(context.db, '2026-W49')).toMatchObject({ ...held, held_at: clock.now });
  await skipWeek(context, '2026-W49');
  await unskipWeek(context, '2026-W49');
  expect(await findIssue(context.db, '2026-W49')).toMatchObject(held);
});

test('an issue that has missed its week, was moved and skipped, is not sent beside another one of its day in one step', async () => {
  const { context } = await createSkippedWeek((one) =>
    one.db
      .updateTable('issues')
      .set({ status: 'held', status_reason: MISSED_BY_SKIPPING, held_at: one.now() })
      .where('week', '=', '2026-W49')
      .execute(),
  );
  await unskipWeek(context, '2026-W49');
  const issue = await getIssue(context.db, '2026-W49');
  expect(issue.status_reason).toContain(MISSED_BY_SKIPPING);
  expect(wasMissed(issue)).toBe(false);
});

test('a skip is not taken back on a day on which another issue went out: it is held, and sending it by hand says so', async () => {
  const app = await createSkippedWeek();
  const { context } = app;
  await unskipWeek(context, '2026-W49');
  expect(await findIssue(context.db, '2026-W49')).toMatchObject({
    status: 'held',
    status_reason: 'the issue of 2026-W48 went out on the same day',
  });
  expect(await (await app.request('/studio/issues/2026-W49/send-now')).text()).toContain(
    'The issue of 2026-W48 goes out today as well, or already has: readers get two.',
  );
});

test('moves at the same moment leave no two issues on one day', async () => {
  const app = await createWeek();
  await draftIssue(app.context, '2026-W48');
  await publishAgain(app);
  await draftIssue(app.context, '2026-W49');
  const moves = await Promise.allSettled(
    ['2026-W48', '2026-W49'].map((week) => moveSendTime(app.context, week, '2026-12-03T10:00')),
  );
  expect(moves.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
});

test('while an issue that is due waits for staff, nobody is promised a later one', async () => {
  const app = await createWeek({ APPROVAL: 'required' });
  await tickAt(app, '2026-11-23T06:00:00Z');
  expect(await findNextSendTime(app.context)).toMatchObject({ is_certain: true });
  app.clock.now = new Date('2026-11-24T15:00:00Z');
  expect(await findNextSendTime(app.context)).toMatchObject({ is_certain: false });
  app.clock.now = new Date('2026-11-30T06:20:00Z');
  await publishAgain(app);
  await draftIssue(app.context, '2026-W49');
  expect(await findNextSendTime(app.context)).toMatchObject({
    at: new Date('2026-12-01T14:00:00Z'),
    is_certain: true,
  });
});

test('periodic jobs run in every minute in which they are due, and again after a clock was ahead', async () => {
  const app = await createWeek({
    OUTGOING_WEBHOOKS: 'https://hooks.example.net/x whsec_c2VjcmV0LW9mLWEtcmVjZWl2ZXItb2YtZXZlbnRz',
  });
  const ranAt = async (time: string, name = 'deliver-webhooks') => {
    app.clock.now = new Date(time);
    await tick(app.context);
    const run = await app.context.db
      .selectFrom('schedule_runs')
      .select('ran_at')
      .where('schedule', '=', name)
      .executeTakeFirstOrThrow();
    return run.ran_at.toISOString();
  };
  expect(await ranAt('2026-11-24T10:01:00.120Z')).toBe('2026-11-24T10:01:00.120Z');
  expect(await ranAt('2026-11-24T10:02:00.095Z')).toBe('2026-11-24T10:02:00.095Z');
  expect(await ranAt('2026-12-24T10:02:00Z', 'look-after-readers')).toBe('2026-12-24T10:02:00.000Z');
  expect(await ranAt('2026-11-24T10:03:00Z', 'look-after-readers')).toBe('2026-11-24T10:03:00.000Z');
});

test('a skipped week that is over says so, and offers nothing that would be refused', async () => {
  const app = await createWeek();
  await draftIssue(app.context, '2026-W48');
  await skipWeek(app.context, '2026-W48');
  const page = async () => (await app.request('/studio/issues/2026-W48')).text();
  expect(await page()).toContain('Take the skip back');
  app.clock.now = new Date('2026-11-30T08:00:00Z');
  expect(await page()).toContain('Skipped: nobody got it.');
  expect(await page()).not.toContain('Take the skip back');
});

test('the overview says of a week that is skipped or held what it waits for, and promises nothing', async () => {
  const app = await createWeek();
  await draftIssue(app.context, '2026-W48');
  const overview = async () => (await (await app.request('/studio')).text()).replaceAll(/<[^>]*>/g, ' ');
  expect(await overview()).toMatch(/In review.*Sending.*Voting open/);
  await holdIssue(app.context, '2026-W48', 'a test');
  expect(await overview()).toMatch(/Held\s+now\s+until it is released/);
  expect(await overview()).not.toContain('to come');
  await skipWeek(app.context, '2026-W48');
  expect(await overview()).toMatch(/Skipped\s+now\s+until it is taken back/);
  expect(await overview()).not.toContain('to come');
});

test('an issue that goes out after the closing time of its week is open until the day that its mail says', async () => {
  const app = await createWeek();
  await tickAt(app, '2026-11-23T06:00:00Z');
  await holdIssue(app.context, '2026-W48', 'a test');
  // No worker runs at 05:00, when voting would have closed.
  app.clock.now = new Date('2026-11-30T08:00:00Z');
  await approveIssue(app.context, '2026-W48', 'a test');
  await sendNow(app.context, '2026-W48', 'a test');
  await app.drain();
  expect((await findIssue(app.context.db, '2026-W48'))?.content.votes_until).toBe(
    'Monday 7 December, 05:00 (UTC)',
  );
  await tickAt(app, '2026-11-30T08:10:00Z');
  // Nor does another closing time of the same day close it.
  const { schedules } = app.context.config;
  app.context.config = { ...app.context.config, schedules: { ...schedules, close: '0 9 * * 1' } };
  await tickAt(app, '2026-11-30T09:00:00Z');
  expect(await app.context.db.selectFrom('tallies').selectAll().execute()).toEqual([]);
  await tickAt(app, '2026-12-07T09:00:00Z');
  expect(await app.context.db.selectFrom('tallies').selectAll().execute()).toHaveLength(6);
});

test('a send job enqueued by an older version sends nothing before the send time', async () => {
  const app = await createWeek({}, '2026-11-27T11:21:00Z');
  await draftIssue(app.context, '2026-W48');
  await app.context.db
    .transaction()
    .execute((tx) =>
      enqueue(app.context.boss, tx, 'send-issue', [{ key: '2026-W48', data: { week: '2026-W48' } }]),
    );
  await app.drain();
  expect(await statusOf(app, '2026-W48')).toBe('draft');
});

test('an issue whose week is over is held instead of sent, and staff are notified', async () => {
  const app = await createWeek();
  await tickAt(app, '2026-11-23T06:00:00Z');
  await tickAt(app, '2026-11-30T05:30:00Z');
  expect(await statusOf(app, '2026-W48')).toBe('held');
  expect(await mailsOf(app)).toBe(0);
  expect(await noticesOf(app)).toEqual([
    expect.stringMatching(
      /is held: it was not sent at Tuesday 24 November 2026, 14:00 \(UTC\) \(no worker was running/,
    ),
  ]);
});

test('an issue whose week is over cannot be released, since it would be held again', async () => {
  const app = await createWeek();
  await tickAt(app, '2026-11-23T06:00:00Z');
  await tickAt(app, '2026-11-30T05:30:00Z');
  await expect(releaseIssue(app.context, '2026-W48')).rejects.toThrow('Send it now, or move it');
  const findings = await checkIssues({ context: app.context } as CheckContext);
  expect(findings.map(({ advice }) => advice)).toEqual([
    expect.stringContaining('then `send`, `move` or `skip` it'),
  ]);
  await moveSendTime(app.context, '2026-W48', '2026-12-02 14:00');
  await releaseIssue(app.context, '2026-W48');
  await tickAt(app, '2026-12-02T14:00:00Z');
  expect(await statusOf(app, '2026-W48')).toBe('sent');
});

test('an issue that was missed is sent by hand; one that staff hold is not', async () => {
  const app = await createWeek({ APPROVAL: 'required' });
  await tickAt(app, '2026-11-23T06:00:00Z');
  await tickAt(app, '2026-11-30T05:30:00Z');
  expect(await noticesOf(app)).toContainEqual(
    expect.stringContaining(
      '`verdicts issue approve 2026-W48` and then `verdicts issue send 2026-W48` sends it',
    ),
  );
  await approveIssue(app.context, '2026-W48', 'ann');
  await tickAt(app, '2026-11-30T05:31:00Z');
  await holdIssue(app.context, '2026-W48', 'legal says no');
  await expect(sendNow(app.context, '2026-W48', 'ann')).rejects.toThrow('is held');
  // Somebody who may release it does so, and then sends it.
  await releaseIssue(app.context, '2026-W48');
  expect(await statusOf(app, '2026-W48')).toBe('held');
  await expect(releaseIssue(app.context, '2026-W48')).rejects.toThrow('Send it now');
  expect(await sendNow(app.context, '2026-W48', 'ann')).toBe(2);
});

test('in a database that was moved, a send is refused and approves nothing', async () => {
  const app = await createWeek();
  await draftIssue(app.context, '2026-W48');
  await markAsMoved(app.context.db, 'Resend knows more');
  await expect(sendNow(app.context, '2026-W48', 'ann')).rejects.toThrow('verdicts restored');
  expect(await statusOf(app, '2026-W48')).toBe('draft');
});

test('an issue drafted after the send time of its week does not go out together with the next', async () => {
  const app = await createWeek({ ISSUE_MAX_COMPARISONS: '1' });
  app.clock.now = new Date('2026-11-29T10:00:00Z');
  expect(await draftIssue(app.context, '2026-W48')).toMatchObject({ issue: { status: 'draft' } });
  expect((await findIssue(app.context.db, '2026-W48'))?.send_at?.toISOString()).toContain('2026-12-01');
  await tickAt(app, '2026-11-30T06:00:00Z');
  await tickAt(app, '2026-12-01T14:00:00Z');
  expect(await statusOf(app, '2026-W48')).toBe('held');
  expect(await statusOf(app, '2026-W49')).toBe('sent');
  expect(await mailsOf(app)).toBe(2);
  expect(await noticesOf(app)).toContainEqual(
    expect.stringMatching(
      /issue of 2026-W48 would have gone out .* the issue of 2026-W49 goes out on the same day/,
    ),
  );
});

test('a draft of an earlier week is held when the next one waits for the same day', async () => {
  const app = await createWeek();
  app.clock.now = new Date('2026-11-29T10:00:00Z');
  await draftIssue(app.context, '2026-W49');
  await publishAgain(app);
  const late = await draftIssue(app.context, '2026-W48');
  expect(late).toMatchObject({ kind: 'drafted', issue: { status: 'held' } });
  expect(await statusOf(app, '2026-W49')).toBe('draft');
});

test('facts that changed while an issue was held past its week are accepted with a reason, and it is sent', async () => {
  const app = await createWeek();
  await draftIssue(app.context, '2026-W48');
  await approveIssue(app.context, '2026-W48', 'ann');
  await app.context.db.updateTable('tools').set({ price_note: '$9', revision: 7 }).execute();
  await holdIssue(app.context, '2026-W48', 'facts have changed');
  app.clock.now = new Date('2026-11-30T09:00:00Z');
  await expect(releaseIssue(app.context, '2026-W48')).rejects.toThrow('release it with a reason');
  await releaseIssue(app.context, '2026-W48', { despite: 'nobody minds' });
  expect(await sendNow(app.context, '2026-W48', 'ann')).toBe(2);
  expect((await findIssue(app.context.db, '2026-W48'))?.approved_despite).toContain('nobody minds');
});

test('a hold at the last moment stands: the timetable approves nothing that somebody has just held', async () => {
  const app = await createWeek();
  await tickAt(app, '2026-11-23T06:00:00Z');
  const { db } = app.context;
  app.clock.now = new Date('2026-11-24T14:00:00Z');
  const sending = await db.transaction().execute(async (tx) => {
    await tx
      .updateTable('issues')
      .set({ status: 'held', status_reason: 'stop the press', held_at: app.clock.now })
      .execute();
    const started = sendIssueJob(app.context, { week: '2026-W48' });
    await vi.waitUntil(() => isWaiting(db));
    return { started };
  });
  await sending.started;
  expect(await findIssue(db, '2026-W48')).toMatchObject({ status: 'held', status_reason: 'stop the press' });
});

test('every week in which no worker ran is reported, in one notice', async () => {
  const app = await createWeek();
  await tickAt(app, '2026-11-23T06:00:00Z');
  await tickAt(app, '2026-12-22T10:00:00Z');
  await tickAt(app, '2026-12-22T10:01:00Z');
  const notices = (await noticesOf(app)).filter((notice) => notice.includes('No worker was running when'));
  expect(notices).toEqual([expect.stringContaining('issues of 2026-W49, 2026-W50, and 2026-W51 were to be')]);
});

test.each(['2020-W01', '2026-W43', '2026-W53'])(
  'no issue is drafted for a week that is far away: %s',
  async (week) => {
    const app = await createWeek();
    await expect(draftIssue(app.context, week)).rejects.toThrow('is more than 4 weeks away');
  },
);

test('schedules that were due before the installation are not caught up', async () => {
  const app = await createWeek();
  app.context.installation = { ...app.context.installation, created_at: new Date('2026-11-25T12:00:00Z') };
  await tickAt(app, '2026-11-25T12:01:00Z');
  expect(await listIssues(app.context.db)).toEqual([]);
});

test('a held issue is not sent, a released one is sent at the next tick', async () => {
  const app = await createWeek();
  await tickAt(app, '2026-11-23T06:00:00Z');
  await holdIssue(app.context, '2026-W48', 'a price looks wrong');
  await tickAt(app, '2026-11-24T14:00:00Z');
  expect(await statusOf(app, '2026-W48')).toBe('held');
  await releaseIssue(app.context, '2026-W48');
  await tickAt(app, '2026-11-24T15:00:00Z');
  expect(await statusOf(app, '2026-W48')).toBe('sent');
});

test('with approval required an issue waits for it, staff are notified once, and it is sent after approval', async () => {
  const app = await createWeek({ APPROVAL: 'required' });
  await tickAt(app, '2026-11-23T06:00:00Z');
  await tickAt(app, '2026-11-24T14:00:00Z');
  await tickAt(app, '2026-11-24T14:01:00Z');
  expect(await statusOf(app, '2026-W48')).toBe('draft');
  expect(await noticesOf(app)).toEqual([expect.stringContaining('is waiting for approval')]);
  await approveIssue(app.context, '2026-W48', 'test');
  await tickAt(app, '2026-11-24T14:02:00Z');
  expect(await statusOf(app, '2026-W48')).toBe('sent');
});

test('with nothing to compare there is no issue, and staff are notified why', async () => {
  const app = await createTestApp({}, '2026-11-23T06:00:00Z');
  await tick(app.context);
  await app.drain();
  expect(await listIssues(app.context.db)).toEqual([]);
  expect(await noticesOf(app)).toEqual([expect.stringContaining('There is no issue for 2026-W48')]);
});

test('an issue that fails its checks is held at its send time, with the reason', async () => {
  const app = await createWeek();
  await draftIssue(app.context, '2026-W48');
  const issue = await findIssue(app.context.db, '2026-W48');
  await app.context.db
    .updateTable('issues')
    .set({ content: JSON.stringify({ ...issue?.content, subject: 'Short' }) })
    .execute();
  await tickAt(app, '2026-11-24T14:00:00Z');
  expect(await findIssue(app.context.db, '2026-W48')).toMatchObject({
    status: 'held',
    status_reason: expect.stringContaining('subject: has 5 characters'),
  });
  expect(await noticesOf(app)).toEqual([expect.stringContaining('is held')]);
});

test.each([
  ['spring', '2026-03-29', ['00:59', '01:00', '01:15', '01:30', '02:00', '03:00']],
  ['autumn', '2026-10-25', ['00:00', '00:30', '00:59', '01:00', '01:30', '01:45', '02:30']],
])(
  'on the clock-change weekend in %s a schedule inside the changed hour runs once',
  async (_, day, times) => {
    const app = await createWeek({ TIMEZONE: 'Europe/Berlin', SCHEDULE_DRAFT: '30 2 * * 0' });
    app.clock.now = new Date(`${day}T00:00:00Z`);
    await tick(app.context);
    await app.context.db.deleteFrom('schedule_runs').execute();
    await app.context.db
      .insertInto('schedule_runs')
      .values({ schedule: 'draft', period: 'before', outcome: 'started', ran_at: app.clock.now })
      .execute();
    for (const time of times) {
      app.clock.now = new Date(`${day}T${time}:00Z`);
      await tick(app.context);
    }
    const runs = await app.context.db
      .selectFrom('schedule_runs')
      .select('period')
      .where('schedule', '=', 'draft')
      .where('period', 'like', `${day}%`)
      .execute();
    expect(runs).toEqual([{ period: `${day}T02:30` }]);
  },
);

test('readers who voted are marked as engaged within a day, others are not', async () => {
  const app = await createWeek();
  await tickAt(app, '2026-11-23T06:00:00Z');
  await tickAt(app, '2026-11-24T14:00:00Z');
  app.clock.now = new Date('2026-11-24T18:00:00Z');
  await visitAndVote(
    app,
    `/v/${signVote(app.context.linkKeys, { issue_id: 1, subscriber_id: 2 })}/harborlight/ship`,
  );
  await tickAt(app, '2026-11-25T15:00:00Z');
  const readers = await app.context.db
    .selectFrom('subscribers')
    .select(['id', 'engaged_at'])
    .orderBy('id')
    .execute();
  expect(readers).toEqual([
    { id: 1, engaged_at: null },
    { id: 2, engaged_at: new Date('2026-11-24T18:00:05Z') },
  ]);
});

test('an issue without recipients ends although the process that prepared it died before it could end it', async () => {
  const app = await createTestApp();
  const { context } = app;
  await seedContent(context.db);
  await draftIssue(context, '2026-W48');
  await approveIssue(context, '2026-W48', 'test');
  const { preparedDb } = context;
  context.preparedDb = new Proxy(preparedDb, {
    get: () => {
      throw new Error('killed');
    },
  });
  await expect(prepareIssue(context, '2026-W48')).rejects.toThrow('killed');
  context.preparedDb = preparedDb;
  expect(await statusOf(app, '2026-W48')).toBe('sending');
  await tick(context);
  expect(await statusOf(app, '2026-W48')).toBe('sent');
});

test('a step of a tick that fails keeps none of the later ones from running, and is reported', async () => {
  const app = await createTestApp();
  const { context } = app;
  await seedContent(context.db);
  await draftIssue(context, '2026-W48');
  await approveIssue(context, '2026-W48', 'test');
  await prepareIssue(context, '2026-W48');
  await context.db.updateTable('issues').set({ status: 'sending' }).execute();
  await sql`alter table schedule_runs rename to schedule_runs_gone`.execute(context.db);
  await expect(tick(context)).rejects.toThrow(/schedule_runs/);
  expect(await statusOf(app, '2026-W48')).toBe('sent');
});
