import { expect, test } from 'vitest';
import { sendConfirmationJob } from '../../jobs/letters/send-confirmation.ts';
import { sendDigestCopyJob, sendDigestJob } from '../../jobs/letters/send-digest.ts';
import { sendLetterJob } from '../../jobs/letters/send-letter.ts';
import type { Jobs } from '../../src/queue/queue.ts';
import { applyEvent } from '../../src/sending/events/apply-event.ts';
import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { hashAddress } from '../../src/subscribers/address/hash-address.ts';
import { eraseReader } from '../../src/sending/deliveries/erase-reader.ts';
import {
  requestAddressChange,
  confirmAddressChange,
} from '../../src/subscribers/preferences/change-address.ts';
import { unsubscribe } from '../../src/subscribers/leave/unsubscribe.ts';
import { untilWaiting } from '../support/is-waiting.ts';
import { createSentIssue } from '../support/sent-issue.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const HOUR_MS = 3_600_000;

/** The addresses of all mails that are sent if `act` happens while the job waits for its slot. */
async function mailedAfter({ context }: TestApp, job: () => Promise<void>, act: () => Promise<unknown>) {
  const { db } = context;
  await db.deleteFrom('outbox.mails').execute();
  const { working } = await db.transaction().execute(async (tx) => {
    await tx.selectFrom('send_rate').select('id').forUpdate().execute();
    const started = job();
    await untilWaiting(db);
    await act();
    return { working: started };
  });
  await working;
  return listMailed(context);
}

async function listMailed({ db }: TestApp['context']): Promise<string[]> {
  const mails = await db.selectFrom('outbox.mails').select('to_addresses').orderBy('sequence').execute();
  return mails.flatMap(({ to_addresses }) => to_addresses);
}

test('a digest that waits for its slot is not sent to a reader who leaves meanwhile', async () => {
  const app = await createSentIssue(1);
  const { context, clock } = app;
  await context.db.updateTable('subscribers').set({ frequency: 'monthly' }).execute();
  clock.now = new Date('2026-12-01T09:00:00Z');
  const at = clock.now.toISOString();
  const job = () => sendDigestCopyJob(context, { month: '2026-11', subscriber_id: 1, at });
  expect(await mailedAfter(app, job, () => unsubscribe(context, 1))).toEqual([]);
  const notices = context.db
    .selectFrom('staff_notices')
    .select('message')
    .where('message', 'like', '%digest%');
  expect(await notices.execute()).toEqual([]);
});

test('a letter that waits for its slot is not sent to a reader who is erased meanwhile', async () => {
  const app = await createSentIssue(1);
  const { context } = app;
  const at = context.now().toISOString();
  const job = () => sendLetterJob(context, { kind: 'welcome', id: 1, at });
  expect(await mailedAfter(app, job, () => eraseReader(context, 'delivered+1@resend.dev'))).toEqual([]);
});

test('a letter that waits for its slot goes to the address that its reader has by then', async () => {
  const app = await createSentIssue(1);
  const { context } = app;
  await requestAddressChange(context, 1, 'delivered+new@resend.dev');
  const { id } = await context.db.selectFrom('address_changes').select('id').executeTakeFirstOrThrow();
  const at = context.now().toISOString();
  const job = () => sendLetterJob(context, { kind: 'welcome', id: 1, at });
  expect(await mailedAfter(app, job, () => confirmAddressChange(context, id))).toEqual([
    'delivered+new@resend.dev',
  ]);
});

test('a confirmation that waits for its slot is not sent to a reader who is erased meanwhile', async () => {
  const app = await createTestApp();
  const { context } = app;
  await app.subscribe('delivered+ann@resend.dev');
  const job = () =>
    sendConfirmationJob(context, { subscriber_id: 1, requested_at: context.now().toISOString() });
  expect(await mailedAfter(app, job, () => eraseReader(context, 'delivered+ann@resend.dev'))).toEqual([]);
});

test('a reader who asks again while the confirmation waits gets one mail, however old the first request is', async () => {
  const app = await createTestApp();
  const { context, clock } = app;
  await app.subscribe('delivered+ann@resend.dev');
  // Resend refuses the key until an hour after the second request.
  clock.now = new Date(clock.now.getTime() + 22.5 * HOUR_MS);
  await app.subscribe('delivered+ann@resend.dev');
  clock.now = new Date(clock.now.getTime() + HOUR_MS);
  await app.drain();
  expect(await listMailed(context)).toEqual(['delivered+ann@resend.dev']);
});

test('a reader who asked again while the previous release kept the first request waiting gets a mail', async () => {
  const app = await createTestApp();
  const { context } = app;
  await app.subscribe('delivered+ann@resend.dev');
  const [job] = await context.boss.fetch<Jobs['send-confirmation']>('send-confirmation');
  await context.db
    .updateTable('subscribers')
    .set({ requested_at: new Date(context.now().getTime() + 1_000) })
    .execute();
  await sendConfirmationJob(context, job!.data);
  await app.drain();
  expect(await listMailed(context)).toEqual(['delivered+ann@resend.dev']);
});

test('a sign-up at the moment a confirmation job ends without a mail gets its mail', async () => {
  const app = await createTestApp();
  const { context, clock } = app;
  await app.subscribe('delivered+ann@resend.dev');
  const [job] = await context.boss.fetch<{ subscriber_id: number; requested_at: string }>(
    'send-confirmation',
  );
  await unsubscribe(context, job!.data.subscriber_id);
  await sendConfirmationJob(context, job!.data);
  clock.now = new Date(clock.now.getTime() + 10 * 60_000);
  await app.subscribe('delivered+ann@resend.dev');
  await context.boss.complete('send-confirmation', job!.id);
  await app.drain();
  expect(await listMailed(context)).toEqual(['delivered+ann@resend.dev']);
});

test('a digest that staff send again while the job of its lost copy ends is sent', async () => {
  const app = await createSentIssue(1);
  const { context, clock } = app;
  await context.db.updateTable('subscribers').set({ frequency: 'monthly' }).execute();
  clock.now = new Date('2026-12-01T09:00:00Z');
  await sendDigestJob(context, { month: '2026-11' });
  const [job] = await context.boss.fetch<Jobs['send-digest-copy']>('send-digest-copy');
  // Too late: it is given up.
  clock.now = new Date('2026-12-02T09:00:00Z');
  await sendDigestCopyJob(context, job!.data);
  await sendDigestJob(context, { month: '2026-11' });
  await context.boss.complete('send-digest-copy', job!.id);
  await context.db.deleteFrom('outbox.mails').execute();
  await app.drain();
  expect(await listMailed(context)).toContain('delivered+1@resend.dev');
});

test('a letter is not sent under a key that Resend has forgotten while it waited for its slot', async () => {
  const app = await createSentIssue(1);
  const { context, clock } = app;
  await context.db.deleteFrom('outbox.mails').execute();
  const job = { kind: 'welcome' as const, id: 1, at: context.now().toISOString() };
  app.outbox.faults.add({ kind: 'lose-response', times: 1 });
  await expect(sendLetterJob(context, job)).rejects.toThrow(RetryLater);
  expect(await listMailed(context)).toHaveLength(1);
  clock.now = new Date(clock.now.getTime() + 22.99 * HOUR_MS);
  const mailed = await mailedAfter(
    app,
    () => sendLetterJob(context, job),
    async () => {
      clock.now = new Date(clock.now.getTime() + 1.1 * HOUR_MS);
      await context.db.deleteFrom('outbox.requests').execute();
    },
  );
  expect(mailed).toEqual([]);
});

test('nothing is sent to the old address of a reader if it has complained, and it is not kept', async () => {
  const app = await createSentIssue(1);
  const { context } = app;
  await requestAddressChange(context, 1, 'delivered+new@resend.dev');
  const { id } = await context.db.selectFrom('address_changes').select('id').executeTakeFirstOrThrow();
  await confirmAddressChange(context, id);
  const tags = { sender: context.installation.id, delivery: '1', round: '1', issue: '2026-W48' };
  const complaint = {
    type: 'email.complained',
    created_at: context.now(),
    recipient: 'delivered+1@resend.dev',
    data: { tags },
  };
  await applyEvent(context, 'msg_complaint', complaint);
  await context.db.deleteFrom('outbox.mails').execute();
  await sendLetterJob(context, { kind: 'address-changed', id, at: context.now().toISOString() });
  expect(await listMailed(context)).toEqual([]);
  expect(await context.db.selectFrom('address_changes').select('replaced').execute()).toEqual([
    { replaced: null },
  ]);
});

test('nothing is sent to a new address that is on the suppression list by then', async () => {
  const app = await createSentIssue(1);
  const { context } = app;
  const { db } = context;
  await requestAddressChange(context, 1, 'delivered+new@resend.dev');
  const { id } = await db.selectFrom('address_changes').select('id').executeTakeFirstOrThrow();
  const email_hash = await hashAddress(db, 'delivered+new@resend.dev');
  await db
    .insertInto('suppressions')
    .values({ email_hash, reason: 'bounced', created_at: context.now() })
    .execute();
  await db.deleteFrom('outbox.mails').execute();
  await sendLetterJob(context, { kind: 'new-address', id, at: context.now().toISOString() });
  expect(await listMailed(context)).toEqual([]);
});
