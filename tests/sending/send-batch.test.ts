import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import type { Fault } from '../../src/local/outbox/store/faults.ts';
import { applyEvent } from '../../src/sending/events/apply-event.ts';
import { eraseReader } from '../../src/sending/deliveries/erase-reader.ts';
import { untilWaiting } from '../support/is-waiting.ts';
import { cancelIssue } from '../../src/sending/control/cancel-issue.ts';
import { pauseIssue } from '../../src/sending/control/pause-issue.ts';
import { resumeIssue } from '../../src/sending/control/resume-issue.ts';
import { backOff } from '../../src/sending/limits/rate-limit.ts';
import { readEvent } from '../../src/sending/events/read-event.ts';
import { loadDigest } from '../../src/issues/results/digest.ts';
import { recordResponse } from '../../src/sending/submit/_record-response.ts';
import { RetryLater, waitForSlot } from '../../src/sending/limits/rate-limit.ts';
import { deriveLinkKeys } from '../../src/links/tokens.ts';
import { claimBatch } from '../../src/sending/submit/_claim-batch.ts';
import { listLanes } from '../../src/sending/lanes/lanes.ts';
import { sendBatch } from '../../src/sending/submit/send-batch.ts';
import { countDeliveries } from '../../src/sending/deliveries/count-deliveries.ts';
import { unsubscribe } from '../../src/subscribers/leave/unsubscribe.ts';
import { advanceClock } from '../support/advance-clock.ts';
import { createPreparedIssue } from '../support/prepared-issue.ts';

const WEEK = '2026-W48';
const HOUR_MS = 3_600_000;

async function createPrepared(readers = 3) {
  const app = await createPreparedIssue(readers);
  const { context } = app;
  const batches = await context.db.selectFrom('batches').select('id').orderBy('number').execute();
  return {
    ...app,
    batchId: batches[0]?.id ?? 0,
    batch: () => context.db.selectFrom('batches').selectAll().orderBy('number').executeTakeFirstOrThrow(),
    issue: () => getIssue(context.db, WEEK),
    counts: async () => countDeliveries(context.db, (await getIssue(context.db, WEEK)).id),
    mails: async () => (await context.db.selectFrom('outbox.mails').select('to_addresses').execute()).length,
  };
}

test.each<Fault>([
  { kind: 'lose-response', times: 1 },
  { kind: 'error-500-after-accepting', times: 1 },
  { kind: 'error-500', times: 1 },
  { kind: 'broken-json', times: 1 },
  { kind: 'hang', times: 1, ms: 50, accepts: true },
])(
  'when the outcome is uncertain ($kind), a retry with the same bytes and key sends one mail each',
  async (fault) => {
    const app = await createPrepared();
    app.outbox.faults.add(fault);
    await expect(sendBatch(app.context, app.batchId)).rejects.toThrow(RetryLater);
    expect(await app.counts()).toEqual({ submitting: 3 });
    expect(await app.batch()).toMatchObject({
      status: 'submitting',
      attempts: 1,
      uncertain_since: expect.any(Date),
    });
    await sendBatch(app.context, app.batchId);
    expect(await app.counts()).toEqual({ submitted: 3 });
    expect(await app.mails()).toBe(3);
    expect((await app.issue()).status).toBe('sent');
  },
);

test('a retry sends what the first attempt froze, even if the reader left and the secret was rotated meanwhile', async () => {
  const app = await createPrepared();
  app.outbox.faults.add({ kind: 'lose-response', times: 1 });
  await expect(sendBatch(app.context, app.batchId)).rejects.toThrow(RetryLater);
  await app.context.db
    .updateTable('subscribers')
    .set({ status: 'unsubscribed', unsubscribed_at: app.clock.now, email: 'delivered+new@resend.dev' })
    .where('id', '=', 2)
    .execute();
  const linkKeys = deriveLinkKeys([
    'another-secret-that-is-long-enough-to-sign',
    ...app.context.config.linkSecrets,
  ]);
  await sendBatch({ ...app.context, linkKeys }, app.batchId);
  expect(await app.counts()).toEqual({ submitted: 3 });
  expect(await app.mails()).toBe(3);
});

test('a batch whose secret was removed waits for it, and says so', async () => {
  const app = await createPrepared();
  app.outbox.faults.add({ kind: 'lose-response', times: 1 });
  await expect(sendBatch(app.context, app.batchId)).rejects.toThrow(RetryLater);
  const linkKeys = deriveLinkKeys(['another-secret-that-is-long-enough-to-sign']);
  await expect(sendBatch({ ...app.context, linkKeys }, app.batchId)).rejects.toThrow(
    /LINK_SECRET no longer has the secret with key id .*add it again/,
  );
  expect((await app.batch()).last_answer).toContain('LINK_SECRET no longer has');
  await sendBatch(app.context, app.batchId);
  expect(await app.counts()).toEqual({ submitted: 3 });
  expect(await app.mails()).toBe(3);
});

test('a batch is not retried if nobody knows how late it is, because the clock was set back', async () => {
  const app = await createPrepared();
  app.outbox.faults.add({ kind: 'lose-response', times: 1 });
  await expect(sendBatch(app.context, app.batchId)).rejects.toThrow(RetryLater);
  await sql`update batches set uncertain_since = clock_timestamp() + interval '2 hours'`.execute(
    app.context.db,
  );
  await sendBatch(app.context, app.batchId);
  expect(await app.counts()).toEqual({ unknown: 3 });
  expect(await app.mails()).toBe(3);
});

test('23 hours after an uncertain outcome the deliveries become unknown, and nothing is sent', async () => {
  const app = await createPrepared();
  app.outbox.faults.add({ kind: 'lose-response', times: 1 });
  await expect(sendBatch(app.context, app.batchId)).rejects.toThrow(RetryLater);
  await advanceClock(app, 25 * HOUR_MS);
  await sendBatch(app.context, app.batchId);
  expect(await app.counts()).toEqual({ unknown: 3 });
  expect(await app.mails()).toBe(3);
  expect((await app.batch()).status).toBe('unknown');
  const notices = await app.context.db
    .selectFrom('staff_notices')
    .where('subject_key', 'like', 'unknown %')
    .select('message')
    .execute();
  expect(notices).toEqual([
    { message: expect.stringContaining('3 mails of 2026-W48 may or may not have been sent') },
  ]);
});

test('after a long outage staff are told once a day that mails are unknown, not once for each batch', async () => {
  const app = await createPrepared(250);
  const batches = await app.context.db.selectFrom('batches').select('id').execute();
  app.outbox.faults.add({ kind: 'lose-response', times: batches.length });
  for (const { id } of batches) {
    await expect(sendBatch(app.context, id)).rejects.toThrow(RetryLater);
  }
  await advanceClock(app, 25 * HOUR_MS);
  for (const { id } of batches) {
    await sendBatch(app.context, id);
  }
  expect(await app.counts()).toEqual({ unknown: 250 });
  const notices = await app.context.db
    .selectFrom('staff_notices')
    .where('subject_key', 'like', 'unknown %')
    .select('message')
    .execute();
  expect(notices).toHaveLength(1);
});

test('the age of a key is measured by the database clock: a wrong machine clock does not change it', async () => {
  for (const hours of [-30, 30]) {
    const app = await createPrepared();
    app.outbox.faults.add({ kind: 'lose-response', times: 1 });
    const wrong = { ...app.context, now: () => new Date(app.clock.now.getTime() + hours * HOUR_MS) };
    await expect(sendBatch(wrong, app.batchId)).rejects.toThrow(RetryLater);
    await sendBatch(app.context, app.batchId);
    expect(await app.counts()).toEqual({ submitted: 3 });
    expect(await app.mails()).toBe(3);
  }
});

test('a batch prepared again from the same state has the same key, with a different member another key', async () => {
  const keyOf = async (app: Awaited<ReturnType<typeof createPrepared>>) => {
    await claimBatch(app.context, app.batchId, listLanes(app.context.config)[0]);
    return (await app.batch()).idempotency_key;
  };
  const first = await createPrepared();
  const twin = await createPrepared();
  const other = await createPrepared();
  twin.context.installation = first.context.installation;
  other.context.installation = first.context.installation;
  await other.context.db.updateTable('subscribers').set({ status: 'pending' }).where('id', '=', 2).execute();
  expect(await keyOf(twin)).toBe(await keyOf(first));
  expect(await keyOf(other)).not.toBe(await keyOf(first));
});

test('batches whose readers have all left are settled, however many there are, and the issue ends', async () => {
  const app = await createPrepared();
  const { db } = app.context;
  const issue = await app.issue();
  // Batches of one reader each, as other variants, mornings or rounds make them.
  const { idempotency_key: _, id: __, ...first } = await app.batch();
  const others = await db
    .insertInto('batches')
    .values([2, 3].map((number) => ({ ...first, number, idempotency_key: `other ${number}` })))
    .returning('id')
    .execute();
  for (const [index, { id }] of others.entries()) {
    await db
      .updateTable('deliveries')
      .set({ batch_id: id, position: 0 })
      .where('issue_id', '=', issue.id)
      .where('subscriber_id', '=', index + 2)
      .execute();
  }
  for (const reader of [1, 2, 3]) {
    await unsubscribe(app.context, reader);
  }
  for (const id of [app.batchId, ...others.map((batch) => batch.id)]) {
    await sendBatch(app.context, id);
  }
  expect(await app.counts()).toEqual({ skipped: 3 });
  expect((await app.issue()).status).toBe('sent');
});

test('no address of a reader who was erased while their mail was in flight is kept once its outcome is unknown', async () => {
  const app = await createPrepared();
  const { db } = app.context;
  app.outbox.faults.add({ kind: 'lose-response', times: 1 });
  await expect(sendBatch(app.context, app.batchId)).rejects.toThrow(RetryLater);
  await eraseReader(app.context, 'delivered+2@resend.dev');
  const kept = db.selectFrom('deliveries').select('subscriber_id').where('email', 'is not', null);
  expect(await kept.execute()).toHaveLength(3);
  await advanceClock(app, 25 * HOUR_MS);
  await sendBatch(app.context, app.batchId);
  expect(await app.counts()).toEqual({ unknown: 3 });
  expect((await kept.execute()).map(({ subscriber_id }) => subscriber_id).toSorted((a, b) => a - b)).toEqual([
    1, 3,
  ]);
});

test('erasing at the moment of a claim leaves the mail that is in flight as it is', async () => {
  const app = await createPrepared();
  const { db } = app.context;
  const { claimed, erased } = await db.transaction().execute(async (tx) => {
    // The claim has the batch, and waits for one of its deliveries.
    await tx.selectFrom('deliveries').select('id').where('subscriber_id', '=', 3).forUpdate().execute();
    const claiming = claimBatch(app.context, app.batchId, listLanes(app.context.config)[0]);
    await untilWaiting(db);
    const erasing = eraseReader(app.context, 'delivered+2@resend.dev');
    await untilWaiting(db, 2);
    return { claimed: claiming, erased: erasing };
  });
  expect((await claimed)?.members).toHaveLength(3);
  await erased;
  const addresses = await db.selectFrom('deliveries').select('email').execute();
  expect(addresses.every(({ email }) => email !== null)).toBe(true);
});

test('a claim that waits for a reader to be erased does not mail them', async () => {
  const app = await createPrepared();
  const { db } = app.context;
  const { claimed, erased } = await db.transaction().execute(async (tx) => {
    // The erasure has the batch, and waits for one of the reader's deliveries.
    await tx.selectFrom('deliveries').select('id').where('subscriber_id', '=', 2).forUpdate().execute();
    const erasing = eraseReader(app.context, 'delivered+2@resend.dev');
    await untilWaiting(db);
    const claiming = claimBatch(app.context, app.batchId, listLanes(app.context.config)[0]);
    await untilWaiting(db, 2);
    return { claimed: claiming, erased: erasing };
  });
  await erased;
  expect((await claimed)?.members.map(({ subscriber_id }) => subscriber_id)).toEqual([1, 3]);
  expect(await app.counts()).toEqual({ skipped: 1, submitting: 2 });
  const kept = db.selectFrom('deliveries').select('subscriber_id').where('email', 'is not', null);
  expect((await kept.execute()).map(({ subscriber_id }) => subscriber_id)).toEqual([1, 3]);
});

test('a 429 makes all senders wait and leaves the outcome certain', async () => {
  const app = await createPrepared();
  app.outbox.faults.add({ kind: 'rate-limit', times: 1 });
  const started = Date.now();
  await sendBatch(app.context, app.batchId);
  expect(Date.now() - started).toBeGreaterThan(900);
  expect(await app.batch()).toMatchObject({ status: 'settled', attempts: 2 });
  expect(await app.mails()).toBe(3);
});

test.each<Fault>([
  { kind: 'daily-quota', times: 1 },
  { kind: 'monthly-quota', times: 1 },
  { kind: 'unauthorized', times: 1 },
])('$kind pauses the issue with the reason, tells staff once, and a later resume sends it', async (fault) => {
  const app = await createPrepared();
  app.outbox.faults.add(fault);
  await sendBatch(app.context, app.batchId);
  const paused = await app.issue();
  expect(paused).toMatchObject({
    status: 'paused',
    status_reason: expect.stringMatching(/^Resend returned (429|401|403) /),
  });
  expect(await app.context.db.selectFrom('staff_notices').selectAll().execute()).toHaveLength(1);
  expect(await app.batch()).toMatchObject({
    status: 'queued',
    uncertain_since: null,
    first_attempt_at: null,
  });
  expect(await app.counts()).toEqual({ queued: 3 });
  // Days later the key is still fresh: nothing was ever accepted under it.
  app.clock.now = new Date(app.clock.now.getTime() + 48 * HOUR_MS);
  await resumeIssue(app.context, WEEK);
  await sendBatch(app.context, app.batchId);
  expect(await app.counts()).toEqual({ submitted: 3 });
});

test('a paused issue sends nothing, a resumed one sends the rest', async () => {
  const app = await createPrepared(250);
  await sendBatch(app.context, app.batchId);
  await pauseIssue(app.context, WEEK, 'a look at the first hundred');
  await app.drain();
  expect(await app.counts()).toEqual({ submitted: 100, queued: 150 });
  await resumeIssue(app.context, WEEK);
  await app.drain();
  expect(await app.counts()).toEqual({ submitted: 250 });
  expect(await app.mails()).toBe(250);
});

test('a batch of a cancelled issue that Resend refuses is cancelled as well, and does not wait for ever', async () => {
  const app = await createPrepared(250);
  const { context } = app;
  const [lane] = listLanes(context.config);
  const batch = await claimBatch(context, app.batchId, lane);
  await cancelIssue(context, WEEK);
  expect(await app.counts()).toEqual({ submitting: 100, cancelled: 150 });
  await recordResponse(context, batch!, lane, { kind: 'wait', seconds: 1, reason: '429' });
  expect(await app.counts()).toEqual({ cancelled: 250 });
  expect((await app.batch()).status).toBe('cancelled');
});

test('a cancel at the moment of a refusal leaves nothing queued', async () => {
  for (let time = 0; time < 5; time++) {
    const app = await createPrepared();
    const [lane] = listLanes(app.context.config);
    const batch = await claimBatch(app.context, app.batchId, lane);
    await Promise.all([
      recordResponse(app.context, batch!, lane, { kind: 'wait', seconds: 1, reason: '429' }),
      cancelIssue(app.context, WEEK),
    ]);
    // Refused first, nothing of it was handed to Resend: the week is skipped.
    expect([{ cancelled: 3 }, {}]).toContainEqual(await app.counts());
    expect((await app.issue()).status).toBe('cancelled');
  }
});

test('an issue that went out in part is not drafted again, and is in the digest; a second round that is cancelled leaves it sent', async () => {
  const app = await createPrepared(250);
  const { context } = app;
  await sendBatch(context, app.batchId);
  await cancelIssue(context, WEEK);
  app.clock.now = new Date('2026-11-30T08:00:00Z');
  expect(await draftIssue(context, '2026-W49')).toMatchObject({ kind: 'nothing to send' });
  expect((await loadDigest(context, '2026-11')).issues).toHaveLength(1);
  await context.db.updateTable('issues').set({ status: 'sending', sent_at: app.clock.now }).execute();
  await cancelIssue(context, WEEK);
  expect((await app.issue()).status).toBe('sent');
});

test('an issue that begins while all sending is stopped is paused, so that it can be resumed', async () => {
  const app = await createPrepared();
  const { db } = app.context;
  await db
    .updateTable('send_rate')
    .set({ stopped_at: app.clock.now, stopped_reason: '401', probed_at: new Date() })
    .where('id', '=', 1)
    .execute();
  await sendBatch(app.context, app.batchId);
  expect(await app.issue()).toMatchObject({ status: 'paused', status_reason: 'sending is stopped: 401' });
  const notices = await db.selectFrom('staff_notices').select('message').execute();
  expect(notices.map(({ message }) => message)).toContainEqual(
    expect.stringContaining('`verdicts issue resume 2026-W48` sends it'),
  );
  // A digest’s copy may find out whether Resend accepts mail again, once a minute.
  const [lane] = listLanes(app.context.config);
  await expect(waitForSlot(app.context, 'bulk letter', lane)).rejects.toThrow('sending is stopped');
  await db
    .updateTable('send_rate')
    .set({ probed_at: new Date(Date.now() - 61_000) })
    .execute();
  expect(await waitForSlot(app.context, 'bulk letter', lane)).toMatchObject({ is_probe: true });
  await resumeIssue(app.context, WEEK);
  await app.drain();
  expect(await app.counts()).toEqual({ submitted: 3 });
});

test('a cancelled issue records exactly who got it and who did not', async () => {
  const app = await createPrepared(250);
  await sendBatch(app.context, app.batchId);
  await cancelIssue(app.context, WEEK);
  await app.drain();
  expect(await app.counts()).toEqual({ submitted: 100, cancelled: 150 });
  expect((await app.issue()).status).toBe('cancelled');
  expect(await app.mails()).toBe(100);
});

test('a batch with an uncertain outcome is completed even if the issue is cancelled', async () => {
  const app = await createPrepared();
  app.outbox.faults.add({ kind: 'lose-response', times: 1 });
  await expect(sendBatch(app.context, app.batchId)).rejects.toThrow(RetryLater);
  await cancelIssue(app.context, WEEK);
  await sendBatch(app.context, app.batchId);
  expect(await app.counts()).toEqual({ submitted: 3 });
  expect((await app.issue()).status).toBe('cancelled');
});

test('concurrent work on the same batch sends each mail once', async () => {
  const app = await createPrepared(100);
  const results = await Promise.allSettled([1, 2, 3].map(() => sendBatch(app.context, app.batchId)));
  for (const result of results) {
    expect(result.status === 'fulfilled' || result.reason instanceof RetryLater).toBe(true);
  }
  await sendBatch(app.context, app.batchId);
  expect(await app.counts()).toEqual({ submitted: 100 });
  expect(await app.mails()).toBe(100);
});

test('the rate limit is taken from Resend’s response header', async () => {
  const app = await createPrepared();
  await sendBatch(app.context, app.batchId);
  const { calls_per_second } = await app.context.db
    .selectFrom('send_rate')
    .select('calls_per_second')
    .executeTakeFirstOrThrow();
  expect(calls_per_second).toBe(100);
});

test('readers who leave while an issue waits for the quota get nothing when it resumes', async () => {
  const app = await createPrepared();
  app.outbox.faults.add({ kind: 'daily-quota', times: 1 });
  await sendBatch(app.context, app.batchId);
  await unsubscribe(app.context, 1);
  await eraseReader(app.context, 'delivered+2@resend.dev');
  const kept = await app.context.db
    .selectFrom('deliveries')
    .select('id')
    .where('email', 'is not', null)
    .execute();
  expect(kept).toEqual([]);
  await resumeIssue(app.context, WEEK);
  await app.drain();
  expect(await app.counts()).toEqual({ skipped: 2, submitted: 1 });
  expect(await app.mails()).toBe(1);
});

test('a batch stopped while it waits for a slot is unchanged: a cancel then sends nothing', async () => {
  const app = await createPrepared();
  await backOff(app.context.db, { number: 1, team: 1 }, 30);
  const stopping = new AbortController();
  const waiting = sendBatch({ ...app.context, stopping: stopping.signal }, app.batchId);
  stopping.abort();
  await expect(waiting).rejects.toThrow('aborted');
  expect(await app.batch()).toMatchObject({ status: 'queued', attempts: 0 });
  await cancelIssue(app.context, WEEK);
  await app.drain();
  expect(await app.issue()).toMatchObject({ status: 'cancelled', prepared_at: null });
  expect(await app.mails()).toBe(0);
});

test('an event that arrives before the retry does not change what the retry sends', async () => {
  const app = await createPrepared();
  app.outbox.faults.add({ kind: 'lose-response', times: 1 });
  await expect(sendBatch(app.context, app.batchId)).rejects.toThrow(RetryLater);
  const [{ id } = { id: 0 }] = await app.context.db
    .selectFrom('deliveries')
    .select('id')
    .orderBy('id')
    .execute();
  const tags = { sender: app.context.installation.id, delivery: String(id) };
  const event = readEvent({
    type: 'email.delivered',
    created_at: app.clock.now.toISOString(),
    data: { tags },
  });
  await applyEvent(app.context, 'msg_early', event!);
  await sendBatch(app.context, app.batchId);
  expect(await app.counts()).toEqual({ delivered: 1, submitted: 2 });
  expect(await app.mails()).toBe(3);
});

test('a quota refusal after an uncertain outcome pauses the issue, and the batch is still retried', async () => {
  const app = await createPrepared();
  app.outbox.faults.add({ kind: 'lose-response', times: 1 });
  app.outbox.faults.add({ kind: 'daily-quota', times: 1 });
  await expect(sendBatch(app.context, app.batchId)).rejects.toThrow(RetryLater);
  await expect(sendBatch(app.context, app.batchId)).rejects.toThrow(RetryLater);
  expect((await app.issue()).status).toBe('paused');
  await cancelIssue(app.context, WEEK);
  await app.drain();
  expect(await app.counts()).toEqual({ submitted: 3 });
  expect((await app.issue()).status).toBe('cancelled');
  expect(await app.mails()).toBe(3);
});
