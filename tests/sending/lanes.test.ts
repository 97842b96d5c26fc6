import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { tick } from '../../jobs/run/timetable.ts';
import { readConfig } from '../../src/config/config.ts';
import { messageOf } from '../../src/errors.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { applyEvent } from '../../src/sending/events/apply-event.ts';
import { readEvent } from '../../src/sending/events/read-event.ts';
import { sendAgain } from '../../src/sending/control/decide-deliveries.ts';
import { checkIssues } from '../../src/doctor/checks/check-work.ts';
import type { CheckContext } from '../../src/doctor/checks/check-context.ts';
import { findOverdueIssue } from '../../src/doctor/checks/find-overdue.ts';
import { describeLane } from '../../src/sending/lane-control/describe-lane.ts';
import { loadLaneReports } from '../../src/sending/lane-control/lane-reports.ts';
import { loadLaneProgress, loadLanes } from '../../src/sending/lane-control/load-lanes.ts';
import { listLanes } from '../../src/sending/lanes/lanes.ts';
import { sendTestCopies } from '../../src/sending/letters/send-test.ts';
import { claimBatch } from '../../src/sending/submit/_claim-batch.ts';
import { pauseLane, pauseLaneByHand } from '../../src/sending/lane-control/pause-lane.ts';
import { resumeLane } from '../../src/sending/lane-control/resume-lane.ts';
import { submitMail } from '../../src/sending/letters/_submit-mail.ts';
import { RetryLater, waitForSlot } from '../../src/sending/limits/rate-limit.ts';
import { loadPreview } from '../../src/sending/personalize/load-copy.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { countDeliveries } from '../../src/sending/deliveries/count-deliveries.ts';
import { sendBatch } from '../../src/sending/submit/send-batch.ts';
import { contextOfRole } from '../support/roles.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';
const HOUR_MS = 3_600_000;
const FIRST = 'Weekly Verdicts <verdicts@mail.example.net>';
const SECOND = 'Weekly Verdicts <verdicts@news.example.net>';

/** Two teams, with a domain each. */
const TWO_TEAMS = {
  RESEND_API_KEY: 're_one',
  PUBLIC_URL: 'https://verdicts.example.net',
  MAIL_FROM: FIRST,
  POSTAL_ADDRESS: 'Example Ltd, 1 High Street, Anytown',
  LINK_SECRET: 'a-secret-that-is-long-enough-for-signing-links',
  RESEND_WEBHOOK_SECRET: 'whsec_b25lIHNlY3JldCBvZiB0aGUgdGVzdHM=',
  RESEND_API_KEY_2: 're_two',
  MAIL_FROM_2: SECOND,
  RESEND_WEBHOOK_SECRET_2: 'whsec_YW5vdGhlciBzZWNyZXQgb2YgdGVzdHM=',
};

const ONE_LANE = { MAIL_FROM_2: '', RESEND_API_KEY_2: '', RESEND_WEBHOOK_SECRET_2: '' };

async function createNewsletter(readers: number, env: Record<string, string> = {}) {
  const app = await createTestApp({ ...TWO_TEAMS, ...env });
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, readers);
  await context.pool.query(`update schedule_runs set outcome = 'started'`);
  return {
    ...app,
    prepare: async (week = WEEK) => {
      await draftIssue(context, week);
      await approveIssue(context, week, 'test');
      await prepareIssue(context, week);
    },
    /** Applies other settings from now on. */
    configure: (changes: Record<string, string>) => {
      app.context.config = { ...readConfig({ ...TWO_TEAMS, ...env, ...changes }), staffEmails: [] };
    },
    tickAt: async (time: string) => {
      app.clock.now = new Date(time);
      await Promise.all([tick(app.context), tick(app.context)]);
      await app.drain();
    },
    counts: () => countDeliveries(context.db, 1),
    status: async () => (await getIssue(context.db, WEEK)).status,
    /** Readers by the sender of their mail. */
    mails: async () => {
      const mails = await context.db
        .selectFrom('outbox.mails')
        .select(['from_address', 'to_addresses'])
        .orderBy('sequence')
        .execute();
      return Map.groupBy(
        mails.map(({ from_address, to_addresses }) => ({
          from: from_address,
          reader: Number(/\+(\d+)@/.exec(to_addresses[0] ?? '')?.[1]),
        })),
        ({ from }) => from,
      );
    },
    batches: (lane: number) =>
      context.db.selectFrom('batches').selectAll().where('lane', '=', lane).orderBy('number').execute(),
    notices: async () =>
      (await context.db.selectFrom('staff_notices').select('message').orderBy('id').execute()).map(
        ({ message }) => message,
      ),
  };
}

type Newsletter = Awaited<ReturnType<typeof createNewsletter>>;

async function sendersOf(app: Newsletter) {
  const mails = await app.mails();
  return new Map([...mails].map(([from, list]) => [from, list.map(({ reader }) => reader)]));
}

async function findReader({ context }: Newsletter, batchId: number): Promise<number> {
  const { subscriber_id } = await context.db
    .selectFrom('deliveries')
    .select('subscriber_id')
    .where('batch_id', '=', batchId)
    .executeTakeFirstOrThrow();
  return subscriber_id;
}

/** Reports events as Resend does, about mails of this lane. */
async function report(app: Newsletter, lane: number, type: string, count: number, data: object = {}) {
  const rows = await app.context.db
    .selectFrom('deliveries')
    .innerJoin('batches', 'batches.id', 'batch_id')
    .select('deliveries.id')
    .where('lane', '=', lane)
    .where('deliveries.status', '=', 'submitted')
    .limit(count)
    .execute();
  for (const { id } of rows) {
    const tags = { sender: app.context.installation.id, delivery: String(id), round: '1' };
    const event = { type, created_at: app.clock.now.toISOString(), data: { tags, ...data } };
    await applyEvent(app.context, `msg_${id}_${type}`, readEvent(event)!);
  }
}

test('an issue goes through every lane at once, each reader once, in proportion to the limits', async () => {
  const app = await createNewsletter(1_000);
  app.outbox.account.limits.re_two = 300;
  await app.context.pool.query(`insert into send_rate (id, calls_per_second) values (2, 300)`);
  await app.context.pool.query(`update send_rate set calls_per_second = 100 where id = 1`);
  await app.prepare();
  await app.drain();
  expect(await app.status()).toBe('sent');
  const senders = await sendersOf(app);
  expect([...senders.keys()].toSorted()).toEqual([FIRST, SECOND]);
  const readers = [...senders.values()].flat();
  expect(readers).toHaveLength(1_000);
  expect(new Set(readers).size).toBe(1_000);
  // A quarter of the calls, and of the readers.
  expect(Math.abs(senders.get(FIRST)!.length - 250)).toBeLessThan(10);
  expect(await loadLaneProgress(app.context, 1)).toEqual([
    { lane: 1, mails: senders.get(FIRST)!.length, done: senders.get(FIRST)!.length },
    { lane: 2, mails: senders.get(SECOND)!.length, done: senders.get(SECOND)!.length },
  ]);
  // Each team's limit was learned from its own responses.
  expect((await loadLanes(app.context)).map(({ calls_per_second }) => calls_per_second)).toEqual([100, 300]);
  const { rows } = await sql<{ batches: number; largest: number; positions: number }>`
    select count(distinct batch_id)::int as batches, max(position)::int as largest,
      count(distinct (batch_id, position))::int as positions from deliveries`.execute(app.context.db);
  expect(rows).toEqual([{ batches: 11, largest: 99, positions: 1_000 }]);
});

test('readers keep their lane from week to week, even when others join', async () => {
  const app = await createNewsletter(300);
  await app.prepare();
  await app.drain();
  const first = await sendersOf(app);
  await app.context.db.deleteFrom('outbox.mails').execute();
  await seedReaders(app.context.db, 350);
  app.clock.now = new Date('2026-12-01T14:00:00Z');
  await app.context.pool.query(`update tools set revision = revision + 1`);
  await app.context.db
    .updateTable('comparisons')
    .set({ published_at: new Date('2026-11-30') })
    .execute();
  await app.prepare('2026-W49');
  await app.drain();
  const second = await sendersOf(app);
  for (const from of [FIRST, SECOND]) {
    const kept = second.get(from)!.filter((reader) => reader <= 300);
    expect(kept.toSorted((a, b) => a - b)).toEqual(first.get(from)!.toSorted((a, b) => a - b));
  }
  expect([...second.values()].flat()).toHaveLength(350);
});

test('the preview of a reader’s mail comes from the sender of their lane', async () => {
  const app = await createNewsletter(20);
  await app.prepare();
  const issue = await getIssue(app.context.db, WEEK);
  const [batch] = await app.batches(2);
  const subscriber_id = await findReader(app, batch!.id);
  expect((await loadPreview(app.context, issue, subscriber_id)).from).toBe(SECOND);
  expect((await loadPreview(app.context, issue, 0)).from).toBe(FIRST);
});

test('a retry goes to the same team with the same bytes, even if the lane has another sender by now', async () => {
  const app = await createNewsletter(20);
  await app.prepare();
  const [batch] = await app.batches(2);
  app.outbox.faults.add({ kind: 'lose-response', times: 1 });
  await expect(sendBatch(app.context, batch!.id)).rejects.toThrow(RetryLater);
  app.configure({ MAIL_FROM_2: 'Somebody Else <else@other.example.net>' });
  await sendBatch(app.context, batch!.id);
  const senders = await sendersOf(app);
  expect([...senders.keys()]).toEqual([SECOND]);
  expect(new Set(senders.get(SECOND)).size).toBe(senders.get(SECOND)!.length);
  expect((await app.batches(2))[0]).toMatchObject({ status: 'settled', last_answer: 'accepted' });
});

test('a key that Resend refuses stops only its lane, whose mails follow once it is replaced', async () => {
  const app = await createNewsletter(250, { RESEND_API_KEY_2: 're_invalid' });
  await app.prepare();
  await app.drain();
  expect(await app.status()).toBe('sending');
  const senders = await sendersOf(app);
  expect([...senders.keys()]).toEqual([FIRST]);
  expect(await loadLanes(app.context)).toMatchObject([
    { number: 1, paused_at: null, refused_reason: null },
    { number: 2, refused_reason: 'Resend returned 403 invalid_api_key', resume_at: null },
  ]);
  expect(await app.notices()).toEqual([
    'Nothing goes through lane 2 (news.example.net): Resend returned 403 invalid_api_key. The other lanes go on. Fix the cause, then run `verdicts lanes resume 2`.',
  ]);
  // Letters go through the first lane.
  expect(await submitLetterTo(app, 'delivered+letter@resend.dev')).toEqual({ kind: 'submitted' });
  await app.tickAt('2026-11-24T14:05:00Z');
  expect(await app.counts()).toEqual({
    queued: 250 - senders.get(FIRST)!.length,
    submitted: senders.get(FIRST)!.length,
  });
  // Whoever replaces a lane's key resumes the lane.
  app.context.furtherLanes = new Map([[2, { resend: app.context.resend, transport: app.context.transport }]]);
  await resumeLane(app.context, 2);
  await app.drain();
  expect(await app.status()).toBe('sent');
  const all = [...(await sendersOf(app)).values()].flat().filter((reader) => !Number.isNaN(reader));
  expect(all).toHaveLength(250);
  expect(new Set(all).size).toBe(250);
});

function submitLetterTo({ context }: Newsletter, to: string) {
  const mail = { from: FIRST, to, subject: 'Hello', text: 'Hello' };
  return submitMail(context, mail, `letter ${to}`, context.now());
}

test('a refused key of the first lane stops letters, too; an accepted probe releases them, and staff resume the lane', async () => {
  const app = await createNewsletter(250);
  await app.prepare();
  const [batch] = await app.batches(1);
  app.outbox.faults.add({ kind: 'unauthorized', times: 1 });
  await sendBatch(app.context, batch!.id);
  await expect(submitLetterTo(app, 'delivered+a@resend.dev')).rejects.toThrow('sending is stopped');
  await app.drain();
  expect([...(await sendersOf(app)).keys()]).toEqual([SECOND]);
  await app.context.pool.query(`update send_rate set probed_at = probed_at - interval '2 minutes'`);
  expect(await submitLetterTo(app, 'delivered+a@resend.dev')).toEqual({ kind: 'submitted' });
  expect((await loadLanes(app.context))[0]).toMatchObject({
    refused_reason: null,
    paused_reason: expect.any(String),
  });
  await resumeLane(app.context, 1);
  await app.drain();
  expect(await app.status()).toBe('sent');
});

test('bounces and complaints pause the lane that they came through, and count anew after a resume', async () => {
  const app = await createNewsletter(900, { STOP_WINDOW: '300' });
  await app.prepare();
  const send = async (lane: number, count: number) => {
    for (const { id } of (await app.batches(lane))
      .filter(({ status }) => status === 'queued')
      .slice(0, count)) {
      await sendBatch(app.context, id);
    }
  };
  await send(1, 2);
  await send(2, 2);
  await report(app, 2, 'email.bounced', 8, { bounce: { type: 'Permanent' } });
  expect((await loadLanes(app.context)).map(({ paused_reason }) => paused_reason)).toEqual([null, null]);
  await report(app, 2, 'email.bounced', 1, { bounce: { type: 'Permanent' } });
  expect((await loadLanes(app.context)).map(({ paused_reason }) => paused_reason)).toEqual([
    null,
    '9 of the last 200 mails bounced, more than 4%',
  ]);
  await send(1, 1);
  await send(2, 1);
  expect((await app.batches(1)).map(({ status }) => status).slice(0, 4)).toEqual([
    'settled',
    'settled',
    'settled',
    'queued',
  ]);
  expect((await app.batches(2)).map(({ status }) => status).slice(0, 3)).toEqual([
    'settled',
    'settled',
    'queued',
  ]);
  app.clock.now = new Date(app.clock.now.getTime() + 60_000);
  await resumeLane(app.context, 2);
  await report(app, 2, 'email.bounced', 1, { bounce: { type: 'Permanent' } });
  expect((await loadLanes(app.context)).map(({ paused_at }) => paused_at)).toEqual([null, null]);
  expect((await app.notices()).filter((text) => text.includes('lane 2'))).toHaveLength(1);
});

test('a quota of one team pauses its lane until the next day, and so does one reported later for accepted mails', async () => {
  const app = await createNewsletter(300);
  await app.prepare();
  const [batch] = await app.batches(2);
  app.outbox.faults.add({ kind: 'daily-quota', times: 1 });
  await sendBatch(app.context, batch!.id);
  await app.drain();
  expect(await app.status()).toBe('sending');
  expect((await loadLanes(app.context))[1]).toMatchObject({
    paused_reason: 'Resend returned 429 daily_quota_exceeded',
    resume_at: new Date('2026-11-25T00:01:00Z'),
  });
  expect([...(await sendersOf(app)).keys()]).toEqual([FIRST]);
  await app.tickAt('2026-11-25T00:01:00Z');
  expect(await app.status()).toBe('sent');
  await app.context.pool.query(`update issues set status = 'sending' where id = 1`);
  await report(app, 2, 'email.failed', 1, { failed: { reason: 'reached_daily_quota' } });
  expect((await loadLanes(app.context)).map(({ resume_at }) => resume_at)).toEqual([
    null,
    new Date('2026-11-25T00:11:00Z'),
  ]);
});

test('a new domain gets its most engaged readers up to the ceiling, and nobody waits: the others go through the other lane', async () => {
  const app = await createNewsletter(1_000, { WARM_UP_FROM_2: '2026-11-24', WARM_UP_CEILINGS: '150,300' });
  await app.context.db
    .updateTable('subscribers')
    .set({ engaged_at: new Date('2026-11-20') })
    .where('id', '>', 800)
    .execute();
  await app.prepare();
  await app.drain();
  expect(await app.status()).toBe('sent');
  const senders = await sendersOf(app);
  expect(senders.get(SECOND)).toHaveLength(150);
  expect(senders.get(FIRST)).toHaveLength(850);
  // Half of the engaged readers are of its part, and all of these get theirs through it.
  expect(senders.get(SECOND)!.filter((reader) => reader > 800).length).toBeGreaterThan(90);
  expect((await loadLanes(app.context))[1]).toMatchObject({
    ceiling: 150,
    mails_today: 150,
    paused_at: null,
  });
  expect(await app.notices()).toHaveLength(1);
});

test('while every lane warms up, each fills its own days', async () => {
  const app = await createNewsletter(520, {
    WARM_UP_FROM: '2026-11-24',
    WARM_UP_FROM_2: '2026-11-24',
    WARM_UP_CEILINGS: '150,300',
  });
  await app.prepare();
  await app.drain();
  const first = await sendersOf(app);
  expect([first.get(FIRST)!.length, first.get(SECOND)!.length]).toEqual([150, 150]);
  expect(await app.status()).toBe('sending');
  expect((await loadLanes(app.context)).map(({ resume_at }) => resume_at)).toEqual([
    new Date('2026-11-25T00:01:00Z'),
    new Date('2026-11-25T00:01:00Z'),
  ]);
  await app.tickAt('2026-11-25T00:01:00Z');
  expect(await app.status()).toBe('sent');
  expect([...(await sendersOf(app)).values()].flat()).toHaveLength(520);
});

test('batches of a lane that is taken out of the settings go through the first one if they were never attempted', async () => {
  const app = await createNewsletter(300);
  await app.prepare();
  app.configure(ONE_LANE);
  await app.drain();
  expect(await app.status()).toBe('sent');
  const senders = await sendersOf(app);
  expect([...senders.keys()]).toEqual([FIRST]);
  expect(new Set(senders.get(FIRST)).size).toBe(300);
});

test('a batch that may have been sent waits for its lane to come back, until Resend has forgotten it', async () => {
  const app = await createNewsletter(20);
  await app.prepare();
  const [batch] = await app.batches(2);
  app.outbox.faults.add({ kind: 'lose-response', times: 1 });
  await expect(sendBatch(app.context, batch!.id)).rejects.toThrow(RetryLater);
  app.configure(ONE_LANE);
  await expect(sendBatch(app.context, batch!.id)).rejects.toThrow('lane 2 is no longer in the settings');
  await app.context.db
    .updateTable('batches')
    .set({ uncertain_since: new Date(Date.now() - 24 * HOUR_MS) })
    .where('id', '=', batch!.id)
    .execute();
  await sendBatch(app.context, batch!.id);
  expect((await app.batches(2))[0]).toMatchObject({ status: 'unknown' });
  const unknown = (await app.counts()).unknown ?? 0;
  // Staff decide: as the lane is gone, the mails go through the first one.
  expect(await sendAgain(app.context, WEEK, { status: 'unknown', by: 'test' })).toBe(unknown);
  await app.drain();
  expect((await app.counts()).unknown).toBeUndefined();
});

test('two domains of one team share its limit', async () => {
  const app = await createNewsletter(400, { RESEND_API_KEY_2: '', RESEND_WEBHOOK_SECRET_2: '' });
  await app.context.pool.query(`update send_rate set calls_per_second = 40`);
  app.outbox.account.limits.re_one = 40;
  await app.prepare();
  const started = performance.now();
  const all = [...(await app.batches(1)), ...(await app.batches(2))];
  expect(all.length).toBeGreaterThan(4);
  await Promise.all(all.map(({ id }) => sendBatch(app.context, id)));
  expect(performance.now() - started).toBeGreaterThan(((all.length - 2) * 1_000) / 40);
  const { rows } = await sql<{ moved: boolean }>`
    select theoretical_arrival_at > now() - interval '1 minute' as moved from send_rate order by id`.execute(
    app.context.db,
  );
  expect(rows).toEqual([{ moved: true }, { moved: true }]);
  expect(await app.status()).toBe('sent');
});

test('staff pause a lane and resume it; a second time is refused, and so is a lane that does not exist', async () => {
  const app = await createNewsletter(300);
  await app.prepare();
  await pauseLaneByHand(app.context, 2, 'looking at it');
  await app.drain();
  expect(await app.status()).toBe('sending');
  expect([...(await sendersOf(app)).keys()]).toEqual([FIRST]);
  await expect(pauseLaneByHand(app.context, 2, 'again')).rejects.toThrow('Lane 2 is already paused.');
  await expect(resumeLane(app.context, 1)).rejects.toThrow('Lane 1 is not paused.');
  await expect(resumeLane(app.context, 3)).rejects.toThrow('There is no lane 3; the settings have 1, 2.');
  await app.tickAt('2026-11-24T14:05:00Z');
  expect(await app.status()).toBe('sending');
  await resumeLane(app.context, 2);
  await app.drain();
  expect(await app.status()).toBe('sent');
});

test('an issue that was approved with one lane goes through that one', async () => {
  const app = await createNewsletter(300);
  app.configure(ONE_LANE);
  await draftIssue(app.context, WEEK, new Date('2026-11-24T10:00:00Z'));
  await approveIssue(app.context, WEEK, 'test');
  app.configure({});
  await prepareIssue(app.context, WEEK);
  expect(await app.batches(2)).toEqual([]);
  await app.drain();
  expect([...(await sendersOf(app)).keys()]).toEqual([FIRST]);
});

test('a batch that was moved to another lane meanwhile is not claimed for its old one', async () => {
  const app = await createNewsletter(20);
  await app.prepare();
  const [batch] = await app.batches(2);
  const [first, second] = listLanes(app.context.config);
  await app.context.db.updateTable('batches').set({ lane: 1 }).where('id', '=', batch!.id).execute();
  expect(await claimBatch(app.context, batch!.id, second!)).toBeUndefined();
  expect(await claimBatch(app.context, batch!.id, first)).toMatchObject({ id: batch!.id, lane: 1 });
  // Nor is a retry.
  expect(await claimBatch(app.context, batch!.id, second!)).toBeUndefined();
});

test('a paused lane that is taken out of the settings keeps nobody waiting', async () => {
  const app = await createNewsletter(300, { RESEND_API_KEY_2: 're_invalid' });
  await app.prepare();
  await app.drain();
  expect(await app.status()).toBe('sending');
  app.configure(ONE_LANE);
  await app.tickAt('2026-11-24T14:05:00Z');
  expect(await app.status()).toBe('sent');
  expect(new Set((await sendersOf(app)).get(FIRST)).size).toBe(300);
  expect(await loadLanes(app.context)).toMatchObject([{ number: 1, paused_at: null }]);
});

test('a test copy comes from the sender of the first lane, through which it goes', async () => {
  const app = await createNewsletter(20);
  await app.prepare();
  const [batch] = await app.batches(2);
  const subscriber_id = await findReader(app, batch!.id);
  await sendTestCopies(
    app.context,
    await getIssue(app.context.db, WEEK),
    ['delivered@resend.dev'],
    subscriber_id,
  );
  expect([...(await app.mails()).keys()]).toEqual([FIRST]);
});

test('a sender that waits for a slot while a stop is recorded gets none', async () => {
  const app = await createNewsletter(20);
  const [lane] = listLanes(app.context.config);
  const { promise: stopping, resolve: stop } = Promise.withResolvers<void>();
  const { promise: isWritten, resolve: written } = Promise.withResolvers<void>();
  const stopped = app.context.db.transaction().execute(async (tx) => {
    await sql`update send_rate set stopped_at = now(), stopped_reason = 'refused', probed_at = clock_timestamp() where id = 1`.execute(
      tx,
    );
    written();
    await stopping;
  });
  await isWritten;
  const waiting = waitForSlot(app.context, 'bulk', lane).catch(messageOf);
  await expect
    .poll(
      async () => {
        const { rows } = await sql<{ waiting: number }>`
        select count(*)::int as waiting from pg_locks where not granted`.execute(app.context.db);
        return rows[0]?.waiting;
      },
      { timeout: 10_000 },
    )
    .toBeGreaterThan(0);
  stop();
  await stopped;
  expect(await waiting).toBe('sending is stopped: refused');
  const rate = await app.context.db
    .selectFrom('send_rate')
    .selectAll()
    .where('id', '=', 1)
    .executeTakeFirstOrThrow();
  expect(rate.probed_at).not.toBeNull();
});

test('one letter a minute tests whether a refused key works again, even while the team has another domain', async () => {
  const app = await createNewsletter(300, { RESEND_API_KEY_2: '', RESEND_WEBHOOK_SECRET_2: '' });
  await app.prepare();
  const lane = listLanes(app.context.config)[0];
  await app.context.db
    .transaction()
    .execute((tx) =>
      pauseLane(app.context, tx, lane, { reason: 'refused', resume_at: null, is_general: true }),
    );
  const [batch] = await app.batches(2);
  await sendBatch(app.context, batch!.id);
  await expect(submitLetterTo(app, 'delivered+a@resend.dev')).rejects.toThrow('sending is stopped');
});

test('staff are told when Resend refuses the key of a lane that they had paused', async () => {
  const app = await createNewsletter(20);
  await pauseLaneByHand(app.context, 1, 'looking at it');
  app.outbox.faults.add({ kind: 'unauthorized', times: 1 });
  await expect(submitLetterTo(app, 'delivered+a@resend.dev')).rejects.toThrow(RetryLater);
  expect(await app.notices()).toEqual([expect.stringContaining('Resend returned 401 missing_api_key')]);
  expect(describeLane((await loadLanes(app.context))[0]!).state).toBe(
    'refused: Resend returned 401 missing_api_key; paused: looking at it',
  );
});

test('an issue that goes through a single, paused lane says so', async () => {
  const app = await createNewsletter(120, ONE_LANE);
  await app.prepare();
  expect(await loadLaneReports(app.context, 1)).toEqual([]);
  await pauseLaneByHand(app.context, 1, 'looking at it');
  await app.drain();
  expect(await loadLaneReports(app.context, 1)).toEqual([
    { lane: 1, domain: 'mail.example.net', mails: 120, done: 0, state: 'paused: looking at it' },
  ]);
  await app.context.db.updateTable('issues').set({ send_at: app.clock.now }).execute();
  app.clock.now = new Date('2026-11-24T15:00:00Z');
  expect(await findOverdueIssue(app.context)).toMatchObject({
    week: WEEK,
    reason: expect.stringContaining('waits for lanes to be resumed'),
  });
  await resumeLane(app.context, 1);
  await app.drain();
  expect(await app.status()).toBe('sent');
  expect(await findOverdueIssue(app.context)).toBeUndefined();
});

test('an issue that is paused until a quota resets is on schedule; one that waits for staff is not', async () => {
  const app = await createNewsletter(20, ONE_LANE);
  await app.prepare();
  const { db } = app.context;
  const pause = (resume_at: Date | null) =>
    db
      .updateTable('issues')
      .set({
        status: 'paused',
        status_reason: 'a quota',
        resume_at,
        send_at: new Date('2026-11-24T14:00:00Z'),
      })
      .execute();
  app.clock.now = new Date('2026-11-24T15:00:00Z');
  await pause(new Date('2026-11-25T00:01:00Z'));
  expect(await findOverdueIssue(app.context)).toBeUndefined();
  expect(await checkIssues({ context: app.context } as CheckContext)).toMatchObject([
    { state: 'ok', message: expect.stringContaining('it resumes at') },
  ]);
  await pause(null);
  expect(await findOverdueIssue(app.context)).toMatchObject({
    advice: expect.stringContaining(`\`verdicts issue resume ${WEEK}\` sends what is left`),
  });
});

test('the part of an issue that waits for a refused lane says so', async () => {
  const app = await createNewsletter(20);
  await app.prepare();
  const { db } = app.context;
  await db.updateTable('issues').set({ status: 'paused', status_reason: 'refused' }).execute();
  await db
    .updateTable('send_rate')
    .set({ stopped_at: app.clock.now, stopped_reason: '401' })
    .where('id', '=', 1)
    .execute();
  const parts = await loadLaneReports(app.context, 1);
  expect(parts.find(({ lane }) => lane === 1)?.state).toBe('refused: 401');
});

test('a late report about an issue that is out does not pause the lane for the next one', async () => {
  const app = await createNewsletter(50);
  await app.prepare();
  await app.drain();
  expect(await app.status()).toBe('sent');
  await report(app, 2, 'email.failed', 1, { failed: { reason: 'reached_daily_quota' } });
  expect((await loadLanes(app.context)).map(({ paused_at }) => paused_at)).toEqual([null, null]);
});

test('mails that are sent again and wait for their lane count as waiting', async () => {
  const app = await createNewsletter(50);
  await app.prepare();
  await app.drain();
  const before = await loadLaneProgress(app.context, 1);
  await app.context.db.updateTable('deliveries').set({ status: 'failed' }).where('id', '<=', 10).execute();
  await pauseLaneByHand(app.context, 1, 'looking at it');
  await pauseLaneByHand(app.context, 2, 'looking at it');
  await sendAgain(app.context, WEEK, { status: 'failed', by: 'test' });
  await app.drain();
  const after = await loadLaneProgress(app.context, 1);
  expect(after.reduce((sum, { mails, done }) => sum + mails - done, 0)).toBe(10);
  expect(after.map(({ done }) => done)).toEqual(before.map(({ done }) => done));
});

test('the release before this one can count mails against its ceiling', async () => {
  const app = await createNewsletter(1);
  const count = () =>
    sql`insert into sending_days (day, mails) values ('2026-11-24', 100)
      on conflict (day) do update set mails = sending_days.mails + 100`.execute(app.context.db);
  await count();
  await count();
  expect((await loadLanes(app.context))[0]).toMatchObject({ mails_today: 200 });
});

test('a worker that owns nothing counts mails against the ceilings of all lanes, and takes them back', async () => {
  const app = await createNewsletter(60, {
    WARM_UP_FROM: '2026-11-24',
    WARM_UP_FROM_2: '2026-11-24',
    WARM_UP_CEILINGS: '150',
  });
  await app.prepare();
  const worker = await contextOfRole(app.context, app.databaseUrl, 'worker');
  for (const lane of [1, 2]) {
    const [batch] = await app.batches(lane);
    app.outbox.faults.add({ kind: 'rate-limit', times: 1 });
    await sendBatch(worker, batch!.id);
    const [settled] = await app.batches(lane);
    expect(settled).toMatchObject({ status: 'settled', hand_backs: 1 });
  }
  const counted = (await loadLanes(app.context)).map(({ mails_today }) => mails_today);
  expect(counted[0]! + counted[1]!).toBe(60);
});
