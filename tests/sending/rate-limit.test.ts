import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { resumeIssue } from '../../src/sending/control/resume-issue.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import {
  type Priority,
  applyRateHeaders,
  backOff,
  RetryLater,
  waitForSlot,
} from '../../src/sending/limits/rate-limit.ts';
import { sendBatch } from '../../src/sending/submit/send-batch.ts';
import { submitMail } from '../../src/sending/letters/_submit-mail.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';
const LANE = { number: 1, team: 1 };
const MAIL = { from: 'a@b.test.net', to: 'delivered@resend.dev', subject: 'Hello', text: 'Hello' };

async function createApp(callsPerSecond: number) {
  const app = await createTestApp();
  await app.context.db.updateTable('send_rate').set({ calls_per_second: callsPerSecond }).execute();
  return app;
}

async function createPrepared() {
  const app = await createTestApp();
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 230);
  await draftIssue(context, WEEK);
  await approveIssue(context, WEEK, 'test');
  await prepareIssue(context, WEEK);
  const batches = await context.db.selectFrom('batches').select('id').orderBy('number').execute();
  return { ...app, batches: batches.map(({ id }) => id) };
}

test('a personal mail gets a slot after at most two waiting batches', async () => {
  // A rate so low that acquiring a slot takes less time than the interval between slots, even on a busy machine.
  const { context } = await createApp(3);
  const order: Priority[] = [];
  const take = (priority: Priority) => waitForSlot(context, priority, LANE).then(() => order.push(priority));
  const stopping = new AbortController();
  const batches = Array.from({ length: 40 }, () =>
    waitForSlot({ ...context, stopping: stopping.signal }, 'bulk', LANE).then(() => order.push('bulk')),
  );
  await expect.poll(() => order.length, { timeout: 10_000 }).toBeGreaterThan(2);
  const before = order.length;
  await take('personal');
  expect(order.indexOf('personal') - before).toBeLessThanOrEqual(2);
  stopping.abort();
  await Promise.allSettled(batches);
});

test('after a clock that was ahead, mail goes out again', async () => {
  const { context } = await createApp(100);
  for (const ahead of ['3 hours', '400 days']) {
    await sql`
      update send_rate set theoretical_arrival_at = now() + ${ahead}::interval, bulk_slot_at = now() + ${ahead}::interval`.execute(
      context.db,
    );
    await Promise.all(
      // Those that lose the race for the row see it as it was before.
      (['bulk', 'personal', 'bulk', 'bulk', 'bulk', 'bulk letter'] as const).map((priority) =>
        waitForSlot(context, priority, LANE),
      ),
    );
  }
  await sql`update send_rate set stopped_at = now(), stopped_reason = 'odd', probed_at = now() + interval '1 day'`.execute(
    context.db,
  );
  expect(await waitForSlot(context, 'personal', LANE)).toMatchObject({ is_probe: true });
  await expect(waitForSlot(context, 'personal', LANE)).rejects.toThrow(RetryLater);
});

test('a 429 is waited for, whatever the clock was before', async () => {
  const { context } = await createApp(100);
  await sql`
    update send_rate set theoretical_arrival_at = now() + interval '5 hours', bulk_slot_at = now() + interval '5 hours'`.execute(
    context.db,
  );
  await backOff(context.db, LANE, 1);
  const start = performance.now();
  await waitForSlot(context, 'bulk', LANE);
  const waited_ms = performance.now() - start;
  expect([waited_ms > 900, waited_ms < 10_000]).toEqual([true, true]);
});

test('a letter that was requested by a clock that is ahead goes out', async () => {
  const { context } = await createApp(100);
  const ahead = new Date(context.now().getTime() + 48 * 3_600_000);
  expect(await submitMail(context, MAIL, 'k1', ahead)).toEqual({ kind: 'submitted' });
});

test('many personal mails do not starve a newsletter', async () => {
  const { context } = await createApp(40);
  const order: Priority[] = [];
  const take = (priority: Priority) => waitForSlot(context, priority, LANE).then(() => order.push(priority));
  const personal = Array.from({ length: 10 }, () => take('personal'));
  await take('bulk');
  await Promise.all([...personal, ...Array.from({ length: 10 }, () => take('personal'))]);
  expect(order.indexOf('bulk')).toBeLessThan(12);
});

test('concurrent callers together stay under the limit in every second', async () => {
  const { context } = await createApp(20);
  const times: number[] = [];
  const call = async (priority: Priority) => {
    await waitForSlot(context, priority, LANE);
    times.push(performance.now());
  };
  const calls = Array.from({ length: 45 }, (_, index): Priority => (index % 5 === 0 ? 'personal' : 'bulk'));
  await Promise.all(calls.map(call));
  const busiest = Math.max(
    ...times.map((start) => times.filter((time) => time >= start && time < start + 1000).length),
  );
  expect(times).toHaveLength(45);
  // One timer may be late and the next one not: one call over the limit can fall into a second of our own clock.
  expect(busiest).toBeLessThanOrEqual(21);
});

test('both priorities wait after a 429', async () => {
  const { context } = await createApp(100);
  // PostgreSQL starts to count after this.
  const started = performance.now();
  await backOff(context.db, LANE, 0.4);
  await Promise.all([waitForSlot(context, 'bulk', LANE), waitForSlot(context, 'personal', LANE)]);
  expect(performance.now() - started).toBeGreaterThan(390);
});

test('the limit is written only when the provider reports a different one', async () => {
  const { context } = await createApp(10);
  const version = async () =>
    (await context.pool.query<{ xmin: string }>('select xmin::text from send_rate')).rows[0]?.xmin;
  const slot = await waitForSlot(context, 'bulk', LANE);
  const before = await version();
  await applyRateHeaders(context.db, LANE, slot, { 'ratelimit-limit': '10' });
  await applyRateHeaders(context.db, LANE, slot, null);
  expect(await version()).toBe(before);
  await applyRateHeaders(context.db, LANE, slot, { 'ratelimit-limit': '25' });
  expect((await waitForSlot(context, 'bulk', LANE)).calls_per_second).toBe(25);
});

test('a refused API key stops every issue and every lane, and staff are notified once', async () => {
  const app = await createPrepared();
  const { context, outbox, batches } = app;
  outbox.faults.add({ kind: 'unauthorized', times: 3 });
  await Promise.all(batches.map((id) => sendBatch(context, id)));
  expect(await getIssue(context.db, WEEK)).toMatchObject({
    status: 'paused',
    status_reason: 'Resend returned 401 missing_api_key',
    resume_at: null,
  });
  const notices = await context.db.selectFrom('staff_notices').select('message').execute();
  expect(notices).toHaveLength(1);
  expect(notices[0]?.message).toContain('Nothing is being sent');
  await expect(submitMail(context, MAIL, 'k1', context.now())).rejects.toThrow(RetryLater);
  expect(await context.db.selectFrom('outbox.mails').select('id').execute()).toEqual([]);
});

test('once a minute a personal mail probes whether the key is still refused, and success releases letters', async () => {
  const app = await createPrepared();
  const { context, outbox, batches } = app;
  outbox.faults.add({ kind: 'unauthorized', times: 1 });
  await sendBatch(context, batches[0] ?? 0);
  await expect(submitMail(context, MAIL, 'k1', context.now())).rejects.toThrow('sending is stopped');
  await context.pool.query(`update send_rate set probed_at = probed_at - interval '1 minute'`);
  expect(await submitMail(context, MAIL, 'k1', context.now())).toEqual({ kind: 'submitted' });
  expect(await submitMail(context, MAIL, 'k2', context.now())).toEqual({ kind: 'submitted' });
  expect((await getIssue(context.db, WEEK)).status).toBe('paused');
});

test('a refused personal mail stops the issues too', async () => {
  const { context, outbox } = await createPrepared();
  outbox.faults.add({ kind: 'unauthorized', times: 1 });
  await expect(submitMail(context, MAIL, 'k1', context.now())).rejects.toThrow(RetryLater);
  expect((await getIssue(context.db, WEEK)).status).toBe('paused');
});

test('resuming an issue resets the circuit breaker, and everything is sent', async () => {
  const { context, outbox, batches, drain } = await createPrepared();
  outbox.faults.add({ kind: 'unauthorized', times: 1 });
  await sendBatch(context, batches[0] ?? 0);
  await resumeIssue(context, WEEK);
  await drain();
  expect((await getIssue(context.db, WEEK)).status).toBe('sent');
  expect(await context.db.selectFrom('outbox.mails').select('id').execute()).toHaveLength(230);
});

test('a letter that was refused has another key, since Resend may have stored the refusal under the first', async () => {
  const { context, outbox } = await createApp(100);
  outbox.faults.add({ kind: 'daily-quota', times: 1 });
  await expect(submitMail(context, MAIL, 'k1', context.now())).rejects.toThrow(RetryLater);
  await context.db
    .insertInto('outbox.requests')
    .values({
      endpoint: '/emails',
      idempotency_key: 'k1',
      body_hash: 'of the refused mail',
      response: '{}',
      created_at: new Date(),
    })
    .execute();
  const other = { ...MAIL, text: 'Hello, a day later' };
  expect(await submitMail(context, other, 'k1', context.now())).toEqual({ kind: 'submitted' });
  expect(await context.db.selectFrom('outbox.mails').select('text').execute()).toEqual([
    { text: other.text },
  ]);
  // The job runs again, because its process died: the mail is the same.
  expect(await submitMail(context, other, 'k1', context.now())).toEqual({ kind: 'submitted' });
  expect(await context.db.selectFrom('outbox.mails').select('id').execute()).toHaveLength(1);
});

test('a letter that may have been accepted keeps its key, whatever refuses it later', async () => {
  const { context, outbox } = await createApp(100);
  outbox.faults.add({ kind: 'lose-response', times: 1 });
  await expect(submitMail(context, MAIL, 'k1', context.now())).rejects.toThrow(RetryLater);
  outbox.faults.add({ kind: 'daily-quota', times: 1 });
  await expect(submitMail(context, MAIL, 'k1', context.now())).rejects.toThrow(RetryLater);
  expect(await submitMail(context, MAIL, 'k1', context.now())).toEqual({ kind: 'submitted' });
  expect(await context.db.selectFrom('outbox.mails').select('id').execute()).toHaveLength(1);
});
