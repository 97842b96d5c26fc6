import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { sendIssueJob } from '../../jobs/issue/send-issue.ts';
import { tick } from '../../jobs/run/timetable.ts';
import type { Db } from '../../src/database/connect.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { moveSendTime } from '../../src/issues/decide/move-send-time.ts';
import { releaseIssue } from '../../src/issues/decide/hold.ts';
import { getIssue, type Issue } from '../../src/issues/record/issue.ts';
import { sendAgain } from '../../src/sending/control/decide-deliveries.ts';
import { sendNow } from '../../src/sending/control/send-now.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { pauseIssue } from '../../src/sending/control/pause-issue.ts';
import { withdrawApproval } from '../../src/sending/control/withdraw-approval.ts';
import { applyEvent } from '../../src/sending/events/apply-event.ts';
import { readEvent } from '../../src/sending/events/read-event.ts';
import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { sendBatch } from '../../src/sending/submit/send-batch.ts';
import { recordEngagements } from '../../src/subscribers/engagement/record-engagement.ts';
import { sunset } from '../../src/subscribers/engagement/sunset.ts';
import { advanceClock } from '../support/advance-clock.ts';
import { createPreparedIssue } from '../support/prepared-issue.ts';
import { untilWaiting } from '../support/is-waiting.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';

async function countMails(db: Db): Promise<number> {
  return (await db.selectFrom('outbox.mails').select('sequence').execute()).length;
}

test('an issue whose send time is moved at the moment it is due does not go out, or the move is refused', async () => {
  const app = await createTestApp();
  const { context, clock } = app;
  const { db } = context;
  await seedContent(db);
  await seedReaders(db, 3);
  clock.now = new Date('2026-11-23T14:00:00Z');
  await draftIssue(context, WEEK);
  await approveIssue(context, WEEK, 'test');
  const { send_at } = await getIssue(db, WEEK);
  clock.now = new Date(send_at!.getTime() + 1_000);
  const { job, moved } = await db.transaction().execute(async (tx) => {
    await sql`select from issues where week = ${WEEK} for update`.execute(tx);
    const job = sendIssueJob(context, { week: WEEK }).catch((error: unknown) => error);
    await untilWaiting(db);
    const later = new Date(send_at!.getTime() + 3_600_000);
    const local = later.toLocaleString('sv-SE', { timeZone: context.config.timezone }).replace(' ', 'T');
    const moved = moveSendTime(context, WEEK, local).then(
      () => 'moved',
      () => 'refused',
    );
    await untilWaiting(db, 2);
    return { job, moved };
  });
  const outcome = await moved;
  await job;
  const { status } = await getIssue(db, WEEK);
  expect(['moved, and approved', 'refused, and sending']).toContain(`${outcome}, and ${status}`);
});

test('bounces that are reported while a warm-up waits for the next day keep the issue paused', async () => {
  const app = await createPreparedIssue(300, { WARM_UP_FROM: '2026-11-24', WARM_UP_CEILINGS: '100,200,400' });
  const { context, clock } = app;
  await app.drain();
  expect(await getIssue(context.db, WEEK)).toMatchObject({ status: 'paused', resume_at: expect.any(Date) });
  // Half of the first day's mails bounce.
  clock.now = new Date('2026-11-24T15:00:00Z');
  const gone = await context.db
    .selectFrom('deliveries')
    .select('id')
    .where('status', '=', 'submitted')
    .limit(50)
    .execute();
  for (const { id } of gone) {
    const tags = { sender: context.installation.id, delivery: String(id), round: '1' };
    const event = {
      type: 'email.bounced',
      created_at: clock.now.toISOString(),
      data: { tags, bounce: { type: 'Permanent' } },
    };
    await applyEvent(context, `msg_${id}`, readEvent(event)!);
  }
  clock.now = new Date('2026-11-25T00:02:00Z');
  await tick(context);
  await app.drain();
  expect(await countMails(context.db)).toBe(100);
  expect(await getIssue(context.db, WEEK)).toMatchObject({ status: 'paused', resume_at: null });
});

test('an approval cannot be withdrawn once mails may have gone out, even if they are to be sent again', async () => {
  const app = await createPreparedIssue(130);
  const { context } = app;
  app.outbox.faults.add({ kind: 'lose-response', times: 1 });
  await expect(sendBatch(context, 1)).rejects.toThrow(RetryLater);
  await pauseIssue(context, WEEK, 'Resend does not answer');
  await advanceClock(app, 24 * 3_600_000);
  await sendBatch(context, 1);
  expect(await countMails(context.db)).toBe(100);
  await expect(withdrawApproval(context, WEEK)).rejects.toThrow('have been handed to Resend');
  await sendAgain(context, WEEK, { status: 'unknown', by: 'ann' });
  await expect(withdrawApproval(context, WEEK)).rejects.toThrow('have been handed to Resend');
});

test('a reader who engages while the sunset runs is not suppressed', async () => {
  const app = await createPreparedIssue(1, { SUNSET_ISSUES: '1', SUNSET_LAST_ISSUES: '1' });
  const { context } = app;
  const { db } = context;
  await sendBatch(context, 1);
  await db
    .updateTable('subscribers')
    .set({ still_asked_at: new Date('2026-11-20') })
    .execute();
  app.clock.now = new Date('2026-12-08T14:00:00Z');
  const { stopped } = await db.transaction().execute(async (tx) => {
    await sql`lock table issues in access exclusive mode`.execute(tx);
    const stopped = sunset(context);
    await untilWaiting(db);
    await recordEngagements(db, [{ subscriber_id: 1, at: app.clock.now }]);
    return { stopped };
  });
  await stopped;
  const reader = await db
    .selectFrom('subscribers')
    .select(['status', 'engaged_at'])
    .executeTakeFirstOrThrow();
  expect(reader).toEqual({ status: 'active', engaged_at: app.clock.now });
});

test('a worker that was suspended for a day between its claim and its call mails nobody again', async () => {
  const app = await createPreparedIssue(3);
  const { context } = app;
  const { db } = context;
  const other = { ...context, failpoint: () => Promise.resolve() };
  context.failpoint = async (point) => {
    if (point === 'claimed') {
      await sendBatch(other, 1);
      await advanceClock(app, 25 * 3_600_000);
      // Resend has forgotten the key.
      await db.deleteFrom('outbox.requests').execute();
    }
  };
  await expect(sendBatch(context, 1)).rejects.toThrow('suspended');
  await sendBatch(other, 1);
  expect(await countMails(db)).toBe(3);
});

test('a batch that waits for its slot until voting has ended does not go out', async () => {
  const app = await createPreparedIssue(3);
  const { context, clock } = app;
  const { db } = context;
  clock.now = new Date('2026-11-30T04:59:00Z');
  const { working } = await db.transaction().execute(async (tx) => {
    await tx.selectFrom('send_rate').select('id').forUpdate().execute();
    const started = sendBatch(context, 1);
    await untilWaiting(db);
    clock.now = new Date('2026-11-30T05:30:00Z');
    return { working: started };
  });
  await working;
  expect(await countMails(db)).toBe(0);
  expect(await getIssue(db, WEEK)).toMatchObject({ status: 'paused' });
});

describe('an approved issue that has missed its week', () => {
  async function createMissed() {
    const app = await createTestApp();
    const { context, clock } = app;
    await seedContent(context.db);
    await seedReaders(context.db, 3);
    clock.now = new Date('2026-11-23T14:00:00Z');
    await draftIssue(context, WEEK);
    await approveIssue(context, WEEK, 'ann');
    clock.now = new Date('2026-12-01T09:00:00Z');
    return app;
  }

  /** Ticks while somebody else has locked and changed the issue. */
  async function tickWhile({ context }: TestApp, change: Partial<Issue>): Promise<void> {
    const { ticking } = await context.db.transaction().execute(async (tx) => {
      await sql`select from issues where week = ${WEEK} for update`.execute(tx);
      await tx
        .updateTable('issues')
        .set(change as object)
        .where('week', '=', WEEK)
        .execute();
      const started = tick(context);
      await untilWaiting(context.db);
      return { ticking: started };
    });
    await ticking;
  }

  test('stays held for the reason of staff who hold it at the same moment', async () => {
    const app = await createMissed();
    const { now, db } = app.context;
    await tickWhile(app, { status: 'held', status_reason: 'legal says no', held_at: now() });
    expect(await getIssue(db, WEEK)).toMatchObject({ status: 'held', status_reason: 'legal says no' });
    await expect(sendNow(app.context, WEEK, 'bob')).rejects.toThrow('held');
  });

  test('does not stop the timetable while it is being sent', async () => {
    const app = await createMissed();
    await tickWhile(app, { status: 'sending', prepared_at: app.context.now() });
    // It had no batches.
    expect(await getIssue(app.context.db, WEEK)).toMatchObject({ status: 'sent' });
  });

  test('is sent by staff although the timetable holds it again in between', async () => {
    const app = await createMissed();
    const { context } = app;
    await tick(context);
    await releaseIssue(context, WEEK, { isSentAtOnce: true });
    await tick(context);
    expect(await getIssue(context.db, WEEK)).toMatchObject({ status: 'held' });
    expect(await prepareIssue(context, WEEK, { isSentAtOnce: true })).toBe(3);
    expect(await getIssue(context.db, WEEK)).toMatchObject({ status: 'sending', held_at: null });
  });
});
