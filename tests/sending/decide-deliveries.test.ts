import { isWaiting } from '../support/is-waiting.ts';
import { finishIssueWhenDone } from '../../src/sending/deliveries/finish-issue.ts';
import { expect, test, vi } from 'vitest';
import { getIssue } from '../../src/issues/record/issue.ts';
import type { DeliveryStatus } from '../../src/database/schema.ts';
import { countAsSent, sendAgain } from '../../src/sending/control/decide-deliveries.ts';
import { formatRecipientsAsJson } from '../../src/sending/deliveries/list-recipients.ts';
import { listLanes } from '../../src/sending/lanes/lanes.ts';
import { claimBatch } from '../../src/sending/submit/_claim-batch.ts';
import { recordResponse } from '../../src/sending/submit/_record-response.ts';
import { cancelIssue } from '../../src/sending/control/cancel-issue.ts';
import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { sendBatch } from '../../src/sending/submit/send-batch.ts';
import { pauseSubscriber } from '../../src/subscribers/preferences/pause.ts';
import { findBallot } from '../../src/votes/ballot/ballot.ts';
import { unsubscribe } from '../../src/subscribers/leave/unsubscribe.ts';
import { createReportedMails, createUnknownMails } from './reported-mails.ts';
import type { TestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';
const BY = 'ann';

const withRecipients = <App extends TestApp>(app: App) => ({
  ...app,
  issue: () => getIssue(app.context.db, WEEK),
  recipients: async (status?: DeliveryStatus) => {
    const pieces = await Array.fromAsync(formatRecipientsAsJson(app.context, 1, status));
    return JSON.parse(Buffer.concat(pieces).toString()) as Record<string, unknown>[];
  },
});

async function findQueuedBatch({ context }: TestApp): Promise<number> {
  const { id } = await context.db
    .selectFrom('batches')
    .select('id')
    .where('status', '=', 'queued')
    .executeTakeFirstOrThrow();
  return id;
}

const createSent = async (readers = 3) => withRecipients(await createReportedMails(readers));
const createUnknown = async (readers = 3) => withRecipients(await createUnknownMails(readers));

test('unknown mails are listed with their exact addresses, and a late event settles one of them', async () => {
  const app = await createUnknown();
  expect(await app.recipients('unknown')).toMatchObject(
    [1, 2, 3].map((number) => ({
      email: `delivered+${number}@resend.dev`,
      reason: 'no response within 23 hours',
    })),
  );
  await app.reportEvent(2, 'email.delivered');
  expect(await app.counts()).toEqual({ delivered: 1, unknown: 2 });
  const kept = await app.context.db.selectFrom('deliveries').select('email').where('id', '=', 2).execute();
  expect(kept).toEqual([{ email: null }]);
});

test('counting a mail as sent is recorded with who and when, and sends nothing', async () => {
  const app = await createUnknown();
  expect(
    await countAsSent(app.context, WEEK, { status: 'unknown', email: 'Delivered+2@resend.dev', by: BY }),
  ).toBe(1);
  expect(await app.counts()).toEqual({ submitted: 1, unknown: 2 });
  expect((await app.recipients('submitted'))[0]).toMatchObject({
    email: 'delivered+2@resend.dev',
    decisions: 'count as sent (2026-11-25 15:00 UTC, ann)',
  });
  await app.drain();
  expect(await app.mails()).toHaveLength(3);
  expect((await app.issue()).status).toBe('sent');
});

test('unknown mails are sent again once, in separate batches, and the decision is recorded', async () => {
  const app = await createUnknown();
  expect(await sendAgain(app.context, WEEK, { status: 'unknown', by: BY })).toBe(3);
  expect((await app.issue()).status).toBe('sending');
  await app.drain();
  expect(await app.counts()).toEqual({ submitted: 3 });
  expect(await app.mails()).toHaveLength(6);
  expect((await app.issue()).status).toBe('sent');
  expect(await app.recipients()).toMatchObject(
    Array.from({ length: 3 }, () => ({ round: 2, decisions: 'send again (2026-11-25 15:00 UTC, ann)' })),
  );
  await expect(sendAgain(app.context, WEEK, { status: 'unknown', by: BY })).rejects.toThrow(
    'No mail of 2026-W48 is unknown.',
  );
});

test('no mail leaves a batch whose outcome is open: its retry has to have the same bytes', async () => {
  const app = await createSent(3);
  app.outbox.faults.add({ kind: 'lose-response', times: 1 });
  await expect(sendBatch(app.context, 1)).rejects.toThrow(RetryLater);
  await app.reportEvent(2, 'email.failed', { failed: { reason: 'reached_daily_quota' } });
  await expect(sendAgain(app.context, WEEK, { status: 'failed', by: BY })).rejects.toThrow(
    "are waiting for Resend's response to their API call",
  );
  await sendBatch(app.context, 1);
  expect(await app.counts()).toEqual({ submitted: 2, failed: 1 });
  expect(await sendAgain(app.context, WEEK, { status: 'failed', by: BY })).toBe(1);
});

test('exactly the failed mails are sent again, in batches of a hundred, except to readers who left', async () => {
  const app = await createSent(250);
  await app.drain();
  for (let id = 1; id <= 130; id++) {
    await app.reportEvent(id, 'email.failed', { failed: { reason: 'reached_daily_quota' } });
  }
  await unsubscribe(app.context, 7);
  expect(await sendAgain(app.context, WEEK, { status: 'failed', by: BY })).toBe(130);
  await app.drain();
  expect(await app.counts()).toEqual({ submitted: 249, skipped: 1 });
  const mails = await app.mails();
  expect(mails).toHaveLength(250 + 129);
  const batches = await app.context.db
    .selectFrom('deliveries')
    .innerJoin('batches', 'batches.id', 'batch_id')
    .select(({ fn }) => ['number', fn.countAll<number>().as('count')])
    .where('round', '=', 2)
    .groupBy('number')
    .orderBy('number')
    .execute();
  expect(batches).toEqual([
    { number: 3, count: 100 },
    { number: 4, count: 30 },
  ]);
});

test('an event for an unknown mail, while its second one waits, cancels the second one', async () => {
  const app = await createUnknown();
  await sendAgain(app.context, WEEK, { status: 'unknown', by: BY });
  await app.reportEvent(2, 'email.sent');
  await app.drain();
  expect((await app.mails()).filter((to) => to === 'delivered+2@resend.dev')).toHaveLength(1);
  expect(await app.mails()).toHaveLength(5);
  expect(await app.counts()).toEqual({ submitted: 3 });
});

test.each(['response', 'event'] as const)(
  'the id of an unknown first mail gives way to that of the second, which comes with its %s',
  async (source) => {
    const app = await createUnknown();
    const [first, second] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
    const idOf = async () => (await app.recipients()).find(({ round }) => round === 2)?.resend_id;
    await sendAgain(app.context, WEEK, { status: 'unknown', email: 'delivered+1@resend.dev', by: BY });
    const { id } = await app.context.db
      .selectFrom('batches')
      .select('id')
      .where('status', '=', 'queued')
      .executeTakeFirstOrThrow();
    const giveUp = async () => {
      await app.context.db.updateTable('deliveries').set({ status: 'unknown' }).where('id', '=', 1).execute();
      await app.reportEvent(1, 'email.sent', { email_id: first }, '1');
      expect(await idOf()).toBe(first);
    };
    const sources = {
      response: async () => {
        // Another worker gives up the second before its response is recorded.
        app.context.failpoint = (point) => (point === 'response received' ? giveUp() : Promise.resolve());
        await sendBatch(app.context, id);
      },
      event: async () => {
        app.outbox.faults.add({ kind: 'lose-response', times: 1 });
        await expect(sendBatch(app.context, id)).rejects.toThrow(RetryLater);
        await giveUp();
        await app.reportEvent(1, 'email.sent', { email_id: second }, '2');
      },
    };
    await sources[source]();
    const mails = await app.context.db.selectFrom('outbox.mails').select('id').execute();
    expect([...mails.map((mail) => mail.id), second]).toContain(await idOf());
    await app.reportEvent(1, 'email.delivered', { email_id: first }, '1');
    expect(await idOf()).not.toBe(first);
  },
);

test('late events of a failed first mail do not affect the second', async () => {
  const app = await createSent();
  await app.drain();
  await app.reportEvent(1, 'email.failed', { failed: { reason: 'odd' } });
  await sendAgain(app.context, WEEK, { status: 'failed', by: BY });
  await app.reportEvent(1, 'email.failed', { failed: { reason: 'odd' } });
  await app.reportEvent(1, 'email.sent');
  expect(await app.counts()).toEqual({ queued: 1, submitted: 2 });
  await app.drain();
  await app.reportEvent(1, 'email.failed', { failed: { reason: 'odd' } });
  expect(await app.counts()).toEqual({ submitted: 3 });
  await app.reportEvent(1, 'email.delivered', {}, '2');
  expect(await app.counts()).toEqual({ delivered: 1, submitted: 2 });
});

test('that Resend accepted a first mail which is known to have failed does not drop the second', async () => {
  const app = await createUnknown();
  await sendAgain(app.context, WEEK, { status: 'unknown', by: BY });
  // The events of the first arrive in the wrong order.
  await app.reportEvent(1, 'email.failed', { failed: { reason: 'odd' } });
  await app.reportEvent(1, 'email.delivery_delayed');
  await app.reportEvent(1, 'email.sent');
  // Of this one nobody knows that it failed.
  await app.reportEvent(2, 'email.sent');
  expect(await app.counts()).toEqual({ queued: 2, submitted: 1 });
  await app.reportEvent(1, 'email.delivered');
  expect(await app.counts()).toEqual({ delivered: 1, queued: 1, submitted: 1 });
});

test('a complaint about an earlier round still suppresses the reader', async () => {
  const app = await createUnknown();
  await sendAgain(app.context, WEEK, { status: 'unknown', by: BY });
  await app.drain();
  await app.reportEvent(1, 'email.complained');
  const reader = await app.context.db
    .selectFrom('subscribers')
    .select('status')
    .where('id', '=', 1)
    .execute();
  expect(reader).toEqual([{ status: 'suppressed' }]);
});

test.each<DeliveryStatus>(['submitted', 'delivered', 'queued', 'skipped', 'cancelled', 'bounced'])(
  'mails that are %s cannot be sent again',
  async (status) => {
    const app = await createSent();
    await expect(sendAgain(app.context, WEEK, { status, by: BY })).rejects.toThrow('cannot be chosen');
  },
);

test('a second mail that is cancelled before it goes leaves the first as unknown as it was', async () => {
  const app = await createUnknown();
  await sendAgain(app.context, WEEK, { status: 'unknown', by: BY });
  await cancelIssue(app.context, WEEK);
  expect(await app.counts()).toEqual({ unknown: 3 });
  expect(await app.recipients()).toMatchObject([{ round: 2 }, { round: 2 }, { round: 2 }]);
  await app.reportEvent(1, 'email.delivered');
  expect(await app.counts()).toEqual({ delivered: 1, unknown: 2 });
  expect(await countAsSent(app.context, WEEK, { status: 'unknown', by: BY })).toBe(2);
  const times = await app.context.db
    .selectFrom('deliveries')
    .select('submitted_at')
    .where('status', '=', 'submitted')
    .execute();
  expect(times.every(({ submitted_at }) => submitted_at !== null)).toBe(true);
});

test('mails that were to be sent again, and whose issue was cancelled while Resend had them, are what they were', async () => {
  const app = await createUnknown();
  await sendAgain(app.context, WEEK, { status: 'unknown', by: BY });
  const id = await findQueuedBatch(app);
  app.outbox.faults.add({ kind: 'daily-quota', times: 1 });
  await sendBatch(app.context, id);
  await cancelIssue(app.context, WEEK);
  expect(await app.counts()).toEqual({ unknown: 3 });
});

test('a second mail that is cancelled while Resend has it stays cancelled, although others are sent again before Resend refuses it', async () => {
  const app = await createUnknown();
  const [lane] = listLanes(app.context.config);
  await sendAgain(app.context, WEEK, { status: 'unknown', email: 'delivered+1@resend.dev', by: BY });
  const id = await findQueuedBatch(app);
  const batch = await claimBatch(app.context, id, lane);
  await cancelIssue(app.context, WEEK);
  expect(await app.counts()).toEqual({ submitting: 1, unknown: 2 });
  await sendAgain(app.context, WEEK, { status: 'unknown', email: 'delivered+2@resend.dev', by: BY });
  await recordResponse(app.context, batch!, lane, { kind: 'wait', seconds: 1, reason: '429' });
  await app.drain();
  expect(await app.counts()).toEqual({ submitted: 1, unknown: 2 });
  expect((await app.issue()).status).toBe('sent');
});

test('an issue that is sent again at the moment it ends is not marked as sent', async () => {
  const app = await createUnknown();
  await app.context.db.updateTable('issues').set({ status: 'sending', sent_at: null }).execute();
  const finishing = await app.context.db.transaction().execute(async (tx) => {
    await tx.selectFrom('issues').select('id').forUpdate().execute();
    const finished = finishIssueWhenDone(app.context, 1);
    await vi.waitUntil(() => isWaiting(app.context.db));
    await tx.updateTable('batches').set({ status: 'queued' }).execute();
    return { finished };
  });
  await finishing.finished;
  expect((await app.issue()).status).toBe('sending');
});

test('an address without a mail of that status is refused, and mails of a cancelled issue cannot be sent again', async () => {
  const app = await createUnknown();
  const request = { status: 'unknown', email: 'nobody@resend.dev', by: BY } as const;
  await expect(sendAgain(app.context, WEEK, request)).rejects.toThrow('No mail to that address');
  await app.context.db.updateTable('issues').set({ status: 'paused', sent_at: null }).execute();
  await cancelIssue(app.context, WEEK);
  await expect(sendAgain(app.context, WEEK, { status: 'unknown', by: BY })).rejects.toThrow('is cancelled');
  expect(await countAsSent(app.context, WEEK, { status: 'unknown', by: BY })).toBe(3);
  expect(await app.context.db.selectFrom('delivery_decisions').selectAll().execute()).toHaveLength(3);
});

test('an unknown mail that had arrived still counts after its reader was skipped when it was to be sent again', async () => {
  const app = await createUnknownMails(2);
  const { context } = app;
  const mayVote = async () => (await findBallot(context, { issue_id: 1, subscriber_id: 1 }))?.is_eligible;
  expect(await mayVote()).toBe(true);
  await pauseSubscriber(context, 1, 4);
  await sendAgain(context, WEEK, { status: 'unknown', by: 'ann' });
  await app.drain();
  expect(await app.counts()).toEqual({ skipped: 1, submitted: 1 });
  expect(await mayVote()).toBe(true);
  await app.reportEvent(1, 'email.sent');
  await app.reportEvent(1, 'email.delivered');
  expect(await app.counts()).toEqual({ delivered: 1, submitted: 1 });
  const delivery = await context.db
    .selectFrom('deliveries')
    .selectAll()
    .where('id', '=', 1)
    .executeTakeFirst();
  expect(delivery).toMatchObject({ status: 'delivered', reason: null, skipped_at: null });
});
