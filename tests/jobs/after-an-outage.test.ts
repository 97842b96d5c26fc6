import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { sendDigestJob } from '../../jobs/letters/send-digest.ts';
import { deleteExpiredDataJob } from '../../jobs/readers/delete-expired-data.ts';
import { lookAfterReadersJob } from '../../jobs/readers/look-after-readers.ts';
import { tick } from '../../jobs/run/timetable.ts';
import { readConfig } from '../../src/config/config.ts';
import { findIssue } from '../../src/issues/record/issue.ts';
import { notifyStaff } from '../../src/queue/notify-staff.ts';
import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { summarizePastIssues } from '../../src/sending/past/summarize-issues.ts';
import { closeVoting } from '../../src/votes/close/close.ts';
import { loadTallies } from '../../src/votes/tally/load-tallies.ts';
import { seedReaders } from '../support/seed.ts';
import { createSentIssue, WEEK } from '../support/sent-issue.ts';
import type { TestApp } from '../support/test-app.ts';
import { visitAndVote } from '../support/visit.ts';
import { createWeek, tickAt } from './week.ts';

const DAY_MS = 86_400_000;

/** Only web processes run. */
async function tickWithoutWorker(app: TestApp, time: string) {
  app.clock.now = new Date(time);
  await tick(app.context);
}

const listMails = ({ context }: TestApp) =>
  context.db.selectFrom('outbox.mails').select(['subject', 'to_addresses']).orderBy('id').execute();
const listNotices = async ({ context }: TestApp) =>
  (await context.db.selectFrom('staff_notices').select('message').orderBy('id').execute()).map(
    ({ message }) => message,
  );

test('a draft whose job waited until its week was over takes nothing from the next week, and staff are told', async () => {
  const app = await createWeek();
  await tickWithoutWorker(app, '2026-11-23T06:00:00Z');
  await tickWithoutWorker(app, '2026-11-30T06:00:00Z');
  app.clock.now = new Date('2026-11-30T09:00:00Z');
  await app.drain();
  expect(await findIssue(app.context.db, '2026-W48')).toBeUndefined();
  expect(await findIssue(app.context.db, '2026-W49')).toMatchObject({ status: 'draft' });
  expect(await listNotices(app)).toContainEqual(
    expect.stringContaining('No worker was running at 2026-11-23T06:00, when the issue of 2026-W48'),
  );
});

test('jobs that were written while the database’s clock was ahead do not wait until that time', async () => {
  const app = await createWeek();
  const { db } = app.context;
  await app.subscribe('ann@example.net');
  await sql`
    update pgboss.job set start_after = now() + interval '2 hours', created_on = now() + interval '2 hours'`.execute(
    db,
  );
  await sql`update pgboss.queue set monitor_on = now() + interval '2 hours'`.execute(db);
  await app.drain();
  expect(await listMails(app)).toEqual([]);
  await tickAt(app, '2026-11-23T06:00:00Z');
  expect(await listMails(app)).toMatchObject([{ to_addresses: ['ann@example.net'] }]);
  const { rows } =
    await sql`select name from pgboss.queue where monitor_on > now() + interval '1 hour'`.execute(db);
  expect(rows).toEqual([]);
});

test('a job that failed waits as long as it should', async () => {
  const app = await createWeek();
  await app.subscribe('ann@example.net');
  await sql`update pgboss.job set state = 'retry', start_after = now() + interval '15 minutes'`.execute(
    app.context.db,
  );
  await tickAt(app, '2026-11-23T06:00:00Z');
  expect(await listMails(app)).toEqual([]);
});

test('no job is deleted for having waited, even over a year', async () => {
  const app = await createWeek();
  const { boss, db } = app.context;
  await app.subscribe('ann@example.net');
  await sql`
    update pgboss.job set created_on = created_on - interval '390 days', start_after = start_after - interval '390 days',
      keep_until = keep_until - interval '390 days'`.execute(db);
  await boss.supervise();
  await app.drain();
  expect(await listMails(app)).toHaveLength(1);
});

test('a notice that no worker could mail for days is mailed once there is one', async () => {
  const app = await createWeek({ STAFF_EMAILS: 'ann@example.net' });
  const { context } = app;
  const notice = { title: 'Held: issue of 2026-W48', message: 'No worker was running.' };
  await context.db.transaction().execute((tx) => notifyStaff(context, tx, 'held', notice));
  app.clock.now = new Date(app.clock.now.getTime() + 3 * DAY_MS);
  await app.drain();
  expect(await listMails(app)).toMatchObject([{ to_addresses: ['ann@example.net'] }]);
});

test('a tick of a clock that was ahead uses up no closing, no draft and no digest', async () => {
  const app = await createWeek();
  await tickAt(app, '2026-11-23T06:00:00Z');
  await tickAt(app, '2026-11-24T14:00:00Z');
  await tickWithoutWorker(app, '2026-11-30T05:00:00Z');
  await tickWithoutWorker(app, '2026-11-30T06:00:00Z');
  await tickWithoutWorker(app, '2026-12-02T14:00:00Z');
  const runs = app.context.db
    .selectFrom('schedule_runs')
    .select(['schedule', 'period', 'ran_at'])
    .where('period', '>=', '2026-11-30')
    .where('period', '<>', 'latest')
    .orderBy('period');
  expect(await runs.execute()).toHaveLength(3);
  // The clock is right again.
  await tickWithoutWorker(app, '2026-11-24T15:00:00Z');
  expect(await runs.execute()).toEqual([]);
  for (const time of ['2026-11-30T05:00:00Z', '2026-11-30T06:00:00Z', '2026-12-02T14:00:00Z']) {
    await tickWithoutWorker(app, time);
    await tickWithoutWorker(app, time);
  }
  expect(await runs.execute()).toEqual([
    { schedule: 'close', period: '2026-11-30T05:00', ran_at: new Date('2026-11-30T05:00:00Z') },
    { schedule: 'draft', period: '2026-11-30T06:00', ran_at: new Date('2026-11-30T06:00:00Z') },
    { schedule: 'digest', period: '2026-12-02T14:00', ran_at: new Date('2026-12-02T14:00:00Z') },
  ]);
});

test('a digest that a clock enqueued before its time waits for it', async () => {
  const app = await createWeek();
  const due_at = new Date(app.clock.now.getTime() + 8 * DAY_MS).toISOString();
  await expect(sendDigestJob(app.context, { month: '2026-11', due_at })).rejects.toThrow(RetryLater);
});

test('digests that fell due while no process ran are sent before the one that is due, to those who were there', async () => {
  const app = await createWeek();
  const { db } = app.context;
  await tickWithoutWorker(app, '2026-11-02T14:00:30Z');
  await tickAt(app, '2026-11-23T06:00:30Z');
  await tickAt(app, '2026-11-24T14:00:30Z');
  await db.updateTable('subscribers').set({ frequency: 'monthly' }).where('id', '=', 2).execute();
  await seedReaders(db, 3);
  await db
    .updateTable('subscribers')
    .set({ frequency: 'monthly', confirmed_at: new Date('2026-12-20T00:00:00Z') })
    .where('id', '=', 3)
    .execute();
  await tickAt(app, '2027-01-02T14:05:00Z');
  const digests = (await listMails(app)).filter(({ subject }) => subject.includes(' in verdicts'));
  expect(digests).toEqual([
    { subject: 'November in verdicts: Harborlight', to_addresses: ['delivered+2@resend.dev'] },
  ]);
});

test('a later SCHEDULE_DIGEST does not mail the digest of two months ago to who joined since', async () => {
  const app = await createWeek();
  const { context } = app;
  await tickAt(app, '2026-11-23T06:00:30Z');
  await tickAt(app, '2026-11-24T14:00:30Z');
  await context.db
    .updateTable('subscribers')
    .set({ frequency: 'monthly', confirmed_at: new Date('2027-01-05T00:00:00Z') })
    .where('id', '=', 2)
    .execute();
  context.config = readConfig({ SCHEDULE_DIGEST: '0 14 28 * *' });
  await tickAt(app, '2027-01-10T14:05:00Z');
  expect((await listMails(app)).filter(({ subject }) => subject.includes(' in verdicts'))).toEqual([]);
});

test('a list that was never asked is asked in a day, thousands of readers if need be', async () => {
  const app = await createSentIssue(1, 'unknown', { SUNSET_ISSUES: '1' });
  const { context, clock } = app;
  await seedReaders(context.db, 2_500);
  await sql`
    insert into deliveries (issue_id, subscriber_id, batch_id, position, status, queued_at, submitted_at)
    select issue_id, subscribers.id, batch_id, subscribers.id, 'submitted', queued_at, submitted_at
    from deliveries, subscribers where subscribers.id > 1`.execute(context.db);
  clock.now = new Date(clock.now.getTime() + 30 * DAY_MS);
  await lookAfterReadersJob(context);
  const { asked } = await context.db
    .selectFrom('subscribers')
    .select(({ fn }) => fn.count<number>('still_asked_at').as('asked'))
    .executeTakeFirstOrThrow();
  expect(asked).toBe(2_500);
});

test('votes that could not be counted for months are counted before what they are judged by is deleted', async () => {
  const app = await createSentIssue(3);
  const { context, clock } = app;
  await visitAndVote(app, app.pathOf(1));
  clock.now = new Date(clock.now.getTime() + 92 * DAY_MS);
  await sql`
    insert into issues (week, number, status, content, content_hash, edits, made_from, choice, cut_off_at, drafted_at)
    select '2027-W08', number + 1, 'draft', content, content_hash, edits, made_from, choice, cut_off_at, now() from issues`.execute(
    context.db,
  );
  await expect(deleteExpiredDataJob(context)).rejects.toThrow(RetryLater);
  await summarizePastIssues(context);
  await closeVoting(context, WEEK);
  const tallies = await loadTallies(context.db, app.id);
  expect(tallies.find(({ tool_slug }) => tool_slug === 'harborlight')).toMatchObject({ ship: 1 });
  await deleteExpiredDataJob(context);
  expect(await findIssue(context.db, WEEK)).toMatchObject({ past_at: expect.any(Date) });
});
