import { expect, test } from 'vitest';
import { tick } from '../../jobs/run/timetable.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { nextCeilingAt } from '../../src/sending/rules/batch-outcome.ts';
import { sendBatch } from '../../src/sending/submit/send-batch.ts';
import { ceilingOf, splitForWarmUp } from '../../src/sending/limits/warm-up.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';
const WARM_UP = { from: '2026-11-24', ceilings: [150, 300] };

test('a day’s ceiling comes from the schedule; earlier days have the first ceiling, later days none', () => {
  const ceilings = ['2026-11-20', '2026-11-24', '2026-11-25', '2026-11-26'].map((day) =>
    ceilingOf(WARM_UP, new Date(`${day}T23:59:59Z`)),
  );
  expect(ceilings).toEqual([150, 150, 300, undefined]);
  expect(ceilingOf(undefined, new Date('2026-11-24'))).toBeUndefined();
});

test('batches are cut at each day’s ceiling, minus what was used today', () => {
  const now = new Date('2026-11-24T14:00:00Z');
  expect(splitForWarmUp(WARM_UP, now, 0, 100)).toEqual({ starts: [0, 100, 150, 250, 350], end: 450 });
  expect(splitForWarmUp(WARM_UP, now, 90, 100)).toEqual({ starts: [0, 60, 160, 260], end: 360 });
  expect(splitForWarmUp(WARM_UP, now, 150, 100)).toEqual({ starts: [0, 100, 200], end: 300 });
  expect(splitForWarmUp(undefined, now, 0, 100)).toEqual({ starts: [], end: 0 });
});

test('an issue is sent automatically over the days of the schedule, the most engaged readers first', async () => {
  const app = await createTestApp({ WARM_UP_FROM: WARM_UP.from, WARM_UP_CEILINGS: WARM_UP.ceilings.join() });
  const { context, clock } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 520);
  await context.db
    .updateTable('subscribers')
    .set({ engaged_at: new Date('2026-11-20') })
    .where('id', '>', 400)
    .execute();
  await context.pool.query(`update schedule_runs set outcome = 'started'`);
  await draftIssue(context, WEEK);
  await approveIssue(context, WEEK, 'test');
  await prepareIssue(context, WEEK);
  const sendUntil = async (time: string) => {
    clock.now = new Date(time);
    await Promise.all([tick(context), tick(context), tick(context)]);
    await app.drain();
    const mails = await context.db.selectFrom('outbox.mails').select('to_addresses').execute();
    return mails.map(({ to_addresses }) => Number(/\+(\d+)@/.exec(to_addresses[0] ?? '')?.[1]));
  };
  const first = await sendUntil('2026-11-24T14:00:00Z');
  expect(first).toHaveLength(150);
  expect(first.filter((number) => number > 400)).toHaveLength(120);
  expect(await getIssue(context.db, WEEK)).toMatchObject({
    status: 'paused',
    status_reason: 'the warm-up ceiling of 150 mails for 2026-11-24 is reached',
    resume_at: new Date('2026-11-25T00:01:00Z'),
  });
  expect(await sendUntil('2026-11-24T23:59:00Z')).toHaveLength(150);
  expect(await sendUntil('2026-11-25T00:01:00Z')).toHaveLength(450);
  expect(new Set(await sendUntil('2026-11-26T00:01:00Z')).size).toBe(520);
  expect((await getIssue(context.db, WEEK)).status).toBe('sent');
  const notices = await context.db.selectFrom('staff_notices').selectAll().execute();
  expect(notices.filter(({ details }) => !details.is_routine)).toEqual([]);
});

test('mails that Resend certainly did not process do not count towards the ceiling', async () => {
  const app = await createTestApp({ WARM_UP_FROM: WARM_UP.from, WARM_UP_CEILINGS: '3' });
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 3);
  await draftIssue(context, WEEK);
  await approveIssue(context, WEEK, 'test');
  await prepareIssue(context, WEEK);
  app.outbox.faults.add({ kind: 'rate-limit', times: 1 });
  await app.drain();
  expect((await getIssue(context.db, WEEK)).status).toBe('sent');
  expect(await context.db.selectFrom('sending_days').selectAll().execute()).toEqual([
    { day: '2026-11-24', mails: 3 },
  ]);
});

test('during a warm-up no batch overtakes one of more engaged readers, in whatever order they are tried', async () => {
  const app = await createTestApp({ WARM_UP_FROM: '2026-11-24', WARM_UP_CEILINGS: '150,300' });
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 300);
  await draftIssue(context, WEEK);
  await approveIssue(context, WEEK, 'test');
  await prepareIssue(context, WEEK);
  const [first, second, third] = await context.db
    .selectFrom('batches')
    .select('id')
    .orderBy('number')
    .execute();
  await expect(sendBatch(context, third!.id)).rejects.toThrow('a batch of more engaged readers goes first');
  await expect(sendBatch(context, second!.id)).rejects.toThrow(RetryLater);
  await sendBatch(context, first!.id);
  await sendBatch(context, second!.id);
  await sendBatch(context, third!.id);
  expect(await context.db.selectFrom('outbox.mails').select('id').execute()).toHaveLength(150);
  expect((await getIssue(context.db, WEEK)).status).toBe('paused');
});

test('under a ceiling nothing is tried again before the next UTC day, even in the first minutes of a day', () => {
  const next = (time: string) => nextCeilingAt(new Date(time)).toISOString();
  expect(next('2026-11-24T00:03:00Z')).toBe('2026-11-25T00:01:00.000Z');
  expect(next('2026-11-24T23:59:59Z')).toBe('2026-11-25T00:01:00.000Z');
});
