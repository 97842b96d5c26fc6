import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { deleteExpiredDataJob } from '../../jobs/readers/delete-expired-data.ts';
import type { Context } from '../../src/context.ts';
import { signSubscriber, signVote } from '../../src/links/tokens.ts';
import { countAsSent, sendAgain } from '../../src/sending/control/decide-deliveries.ts';
import { applyEvent } from '../../src/sending/events/apply-event.ts';
import { readEvent } from '../../src/sending/events/read-event.ts';
import { deleteOldEvents } from '../../src/sending/past/delete-old-events.ts';
import { summarizePastIssues } from '../../src/sending/past/summarize-issues.ts';
import { countDeliveries } from '../../src/sending/deliveries/count-deliveries.ts';
import { formatRecipients } from '../../src/sending/deliveries/list-recipients.ts';
import { sunset } from '../../src/subscribers/engagement/sunset.ts';
import { findSubscriberRecord } from '../../src/subscribers/preferences/load-subscriber.ts';
import { closeVoting } from '../../src/votes/close/close.ts';
import { loadTallies } from '../../src/votes/tally/load-tallies.ts';
import { sentIssue } from '../monitoring/sent.ts';
import { contextOfRole } from '../support/roles.ts';
import { seedReaders } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';
import { visitAndVote } from '../support/visit.ts';

const WEEK = '2026-W48';
const DAY_MS = 86_400_000;

/** An issue that went out to six readers, with a vote and a later issue that is drafted. */
async function sentLongAgo(env: Record<string, string> = {}) {
  const app = await createTestApp(env);
  const { context, clock } = app;
  const { db } = context;
  await seedReaders(db, 6);
  // In another row of the summary than the others.
  await sql`select setval(pg_get_serial_sequence('subscribers', 'id'), 19999)`.execute(db);
  await sql`update subscribers set id = default where id = 6`.execute(db);
  const { vote } = await sentIssue(app);
  await visitAndVote(app, vote);
  const sent_at = clock.now;
  clock.now = new Date(sent_at.getTime() + 6 * DAY_MS);
  await closeVoting(context, WEEK);
  await sql`
    update deliveries set status = 'unknown', submitted_at = null, delivered_at = null where subscriber_id = 2`.execute(
    db,
  );
  await sql`update deliveries set opened_at = submitted_at where subscriber_id = 20000`.execute(db);
  await sql`
    insert into issues (week, number, status, content, content_hash, edits, made_from, choice, cut_off_at, drafted_at)
    select '2027-W20', number + 1, 'draft', content, content_hash, edits, made_from, choice, cut_off_at, now() from issues`.execute(
    db,
  );
  const pass = (days: number) => {
    clock.now = new Date(sent_at.getTime() + days * DAY_MS);
  };
  return { ...app, pass };
}

async function partitions({ db }: Pick<Context, 'db'>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select inhrelid::regclass::text as name from pg_inherits
    where inhparent in ('deliveries'::regclass, 'votes'::regclass) order by 1`.execute(db);
  return rows.map(({ name }) => name);
}

async function recipientsOf(context: Context): Promise<string[]> {
  const pieces = await Array.fromAsync(await formatRecipients(context, 1));
  return Buffer.concat(pieces).toString().trim().split('\n').toSorted();
}

/** All that pages, commands and jobs say about the issue’s deliveries. */
async function knownOf(context: Context) {
  const histories = await Promise.all([1, 2, 20_000].map((id) => findSubscriberRecord(context.db, id)));
  return {
    counts: await countDeliveries(context.db, 1),
    recipients: await recipientsOf(context),
    histories: histories.map((reader) => reader?.deliveries.map(({ week, status }) => [week, status])),
    tallies: await loadTallies(context.db, 1),
  };
}

test('a day after it is past, an issue loses its partitions, and what pages say about it stays', async () => {
  const { context, pass, request } = await sentLongAgo();
  const { db } = context;
  const before = await knownOf(context);
  expect(before.counts).toEqual({ delivered: 5, unknown: 1 });
  pass(90.5);
  await deleteExpiredDataJob(context);
  expect(await partitions(context)).toContain('deliveries_1');

  pass(91.5);
  await deleteExpiredDataJob(context);
  expect(await partitions(context)).not.toContain('deliveries_1');
  expect(await partitions(context)).not.toContain('votes_1');
  expect(await partitions(context)).toEqual(expect.arrayContaining(['deliveries_2', 'votes_2']));
  expect(await knownOf(context)).toEqual(before);
  const reader = await findSubscriberRecord(db, 20_000);
  expect(reader?.deliveries).toEqual([
    {
      week: WEEK,
      status: 'delivered',
      reason: null,
      submitted_at: null,
      was_opened: true,
      was_clicked: false,
    },
  ]);
  expect(await db.selectFrom('open_deliveries').selectAll().execute()).toEqual([]);
  const about = await request(`/preferences/${signSubscriber(context.linkKeys, 'preferences', 1)}/about`);
  expect(await about.text()).toContain('delivered');
  expect(await (await request(`/studio/issues/${WEEK}`)).text()).toContain('delivered');

  await deleteExpiredDataJob(context);
  expect(await knownOf(context)).toEqual(before);
});

test('the links of a mail of a past issue show what went out, and claim nothing about votes that are gone', async () => {
  const { context, pass, request } = await sentLongAgo();
  const ballot = { issue_id: 1, subscriber_id: 1 };
  const copy = async () => (await request(`/i/${signVote(context.linkKeys, ballot)}`)).text();
  const before = await copy();
  pass(91.5);
  await deleteExpiredDataJob(context);
  await context.db
    .updateTable('subscribers')
    .set({ categories: ['Nothing of the kind'], always_lead: false })
    .where('id', '=', 1)
    .execute();
  expect(await copy()).toBe(before);
  for (const choice of ['ship', 'skip']) {
    const page = await request(`/v/${signVote(context.linkKeys, ballot)}/harborlight/${choice}`);
    const text = await page.text();
    expect(text).toContain('Who voted how is no longer stored');
    expect(text).not.toContain('counted votes');
  }
});

test('nothing can be decided about a past issue, no late event changes it, but a late complaint suppresses its reader', async () => {
  const { context, pass } = await sentLongAgo();
  const { db } = context;
  pass(90.5);
  const request = { status: 'unknown', by: 'test' } as const;
  await expect(countAsSent(context, WEEK, request)).rejects.toThrow('ended more than 90 days ago');
  await expect(sendAgain(context, WEEK, request)).rejects.toThrow('ended more than 90 days ago');
  const report = (type: string, delivery: number, address: string) => {
    const tags = { sender: context.installation.id, issue: WEEK, delivery: String(delivery) };
    const event = readEvent({
      type,
      created_at: context.now().toISOString(),
      data: { email_id: randomUUID(), to: [address], tags },
    });
    return applyEvent(context, `msg_${randomUUID()}`, event!);
  };
  const statusOf = (id: number) =>
    db
      .selectFrom('subscribers')
      .select(['status', 'suppressed_reason'])
      .where('id', '=', id)
      .executeTakeFirst();
  await report('email.complained', 3, 'delivered+3@resend.dev');
  expect(await statusOf(3)).toEqual({ status: 'suppressed', suppressed_reason: 'complained' });
  expect(await countDeliveries(db, 1)).toEqual({ delivered: 5, unknown: 1 });

  pass(91.5);
  await summarizePastIssues(context);
  await expect(countAsSent(context, WEEK, request)).rejects.toThrow('ended more than 90 days ago');
  await report('email.complained', 4, 'delivered+4@resend.dev');
  await report('email.delivered', 5, 'delivered+5@resend.dev');
  expect(await statusOf(4)).toEqual({ status: 'suppressed', suppressed_reason: 'complained' });
  expect(await statusOf(5)).toEqual({ status: 'active', suppressed_reason: null });
  // No address is stored with an event.
  expect(JSON.stringify(await db.selectFrom('delivery_events').selectAll().execute())).not.toContain('@');
});

test('an issue with a batch in flight stays, and so does the newest', async () => {
  const { context, pass } = await sentLongAgo();
  await sql`update batches set status = 'submitting'`.execute(context.db);
  pass(91.5);
  await summarizePastIssues(context);
  expect(await partitions(context)).toContain('deliveries_1');
  await sql`update batches set status = 'settled'`.execute(context.db);
  await sql`update issues set status = 'sent', sent_at = ${new Date(0)} where id = 2`.execute(context.db);
  await summarizePastIssues(context);
  expect(await partitions(context)).not.toContain('deliveries_1');
  expect(await partitions(context)).toContain('deliveries_2');
});

test('a partition without a visible issue stays, as one may be being drafted; a draft that nobody sent is cancelled', async () => {
  const { context, pass } = await sentLongAgo();
  const { db } = context;
  await sql`select nextval(pg_get_serial_sequence('issues', 'id'))`.execute(db);
  await sql`
    insert into issues (week, number, status, content, content_hash, edits, made_from, choice, cut_off_at, drafted_at)
    select '2027-W22', 9, 'draft', content, content_hash, edits, made_from, choice, cut_off_at, now() from issues where id = 1`.execute(
    db,
  );
  await db.updateTable('issues').set({ drafted_at: context.now() }).where('id', '=', 2).execute();
  pass(150);
  await summarizePastIssues(context);
  expect(await partitions(context)).toEqual(expect.arrayContaining(['deliveries_3', 'deliveries_4']));
  expect(await partitions(context)).not.toContain('deliveries_2');
  expect(
    await db.selectFrom('issues').select(['status', 'status_reason']).where('id', '=', 2).executeTakeFirst(),
  ).toEqual({ status: 'cancelled', status_reason: 'nobody sent it within 90 days' });
});

test('partitions that are undone and made again hold the same rows, and are dropped in time', async () => {
  const { context, pass } = await sentLongAgo();
  const { db } = context;
  const before = await knownOf(context);
  const migration = (await import('../../migrations/20261129T160000-partitions.ts')) as {
    up: (db: unknown) => Promise<void>;
    down: (db: unknown) => Promise<void>;
  };
  await db.transaction().execute((tx) => migration.down(tx));
  expect(await knownOf(context)).toEqual(before);
  await db.transaction().execute((tx) => migration.up(tx));
  expect(await knownOf(context)).toEqual(before);
  expect(await partitions(context)).toContain('deliveries_before_12');
  await sql`
    insert into issues (id, week, number, status, content, content_hash, edits, made_from, choice, cut_off_at, drafted_at)
    overriding system value
    select 13, '2027-W22', 9, 'draft', content, content_hash, edits, made_from, choice, cut_off_at, now() from issues where id = 1`.execute(
    db,
  );
  await db.updateTable('issues').set({ drafted_at: context.now() }).where('id', '=', 2).execute();
  pass(150);
  await summarizePastIssues(context);
  expect(await partitions(context)).not.toContain('deliveries_before_12');
  expect(await knownOf(context)).toEqual(before);
});

test('while somebody reads the deliveries, others go on reading them, and the partition goes afterwards', async () => {
  const { context, pass } = await sentLongAgo();
  const { db } = context;
  pass(91.5);
  const reads = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const reading = db.transaction().execute(async (tx) => {
    await tx.selectFrom('deliveries').select('id').execute();
    started.resolve();
    await reads.promise;
  });
  await started.promise;
  const summarizing = summarizePastIssues(context);
  for (let read = 0; read < 100; read++) {
    await db.selectFrom('deliveries').select('id').where('subscriber_id', '=', 1).execute();
    await db.updateTable('deliveries').set({ reason: null }).where('id', '=', 1).execute();
  }
  expect(await partitions(context)).toContain('deliveries_1');
  reads.resolve();
  await Promise.all([reading, summarizing]);
  expect(await partitions(context)).not.toContain('deliveries_1');
});

test('what cannot be dropped now is tried again soon, not a day later', async () => {
  const { context, pass } = await sentLongAgo();
  pass(91.5);
  context.stopping = AbortSignal.abort();
  await expect(deleteExpiredDataJob(context)).rejects.toThrow(RetryLater);
  context.stopping = new AbortController().signal;
  await deleteExpiredDataJob(context);
  expect(await partitions(context)).not.toContain('deliveries_1');
});

test('a summary that was interrupted between its portions is repeated as a whole', async () => {
  const { context, pass } = await sentLongAgo();
  pass(91.5);
  const before = await knownOf(context);
  await sql`insert into past_deliveries (issue_id, part, outcomes, deliveries) values (1, 0, '\\x0404', 2)`.execute(
    context.db,
  );
  expect(await knownOf(context)).toEqual(before);
  await summarizePastIssues(context);
  expect(await knownOf(context)).toEqual(before);
});

test('workers that own nothing summarize; web processes cannot drop anything', async () => {
  const { context, databaseUrl, pass } = await sentLongAgo();
  const [web, worker] = [
    await contextOfRole(context, databaseUrl, 'web'),
    await contextOfRole(context, databaseUrl, 'worker'),
  ];
  pass(91.5);
  for (const call of [
    sql`select drop_partition('deliveries', 1)`,
    sql`select drop_event_partition(now())`,
    sql`select add_event_partitions(now()::date)`,
    sql`select add_partitions(99)`,
  ]) {
    await expect(call.execute(web.db)).rejects.toThrow('permission denied for function');
  }
  await expect(sql`select drop_partition('deliveries', 1)`.execute(worker.db)).rejects.toThrow(
    'deliveries_1 has an issue that is not past',
  );
  await summarizePastIssues(worker);
  await deleteOldEvents(worker);
  expect(await partitions(context)).not.toContain('deliveries_1');
});

test('mails of past issues count when readers are asked whether they still read it', async () => {
  const { context, pass } = await sentLongAgo({ SUNSET_ISSUES: '1' });
  pass(91.5);
  await summarizePastIssues(context);
  // Whether one of the six got a mail is unknown.
  expect(await sunset(context)).toEqual({ asked: 5, stopped: 0 });
});
