import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { lookAfterReadersJob } from '../../jobs/readers/look-after-readers.ts';
import { goodbye } from '../../emails/goodbye.tsx';
import { sendLetterJob } from '../../jobs/letters/send-letter.ts';
import { sendDigestJob } from '../../jobs/letters/send-digest.ts';
import { submitLetter } from '../../src/sending/letters/submit-letter.ts';
import { reconcile } from '../../src/sending/restore/reconcile.ts';
import { imprintOf } from '../../src/issues/render/render-letter.tsx';
import type { Row } from '../../src/database/schema.ts';
import { enqueue } from '../../src/queue/queue.ts';
import { createSentIssue } from '../support/sent-issue.ts';

const DAY_MS = 86_400_000;
const MONTH = '2026-11';

/** Letters have gone out, and the backup that is restored does not know of them. */
async function createRestored() {
  const app = await createSentIssue(5);
  const { context, clock } = app;
  const { db } = context;
  const set = (id: number, values: Partial<Omit<Row<'subscribers'>, 'id' | 'domain'>>) =>
    db.updateTable('subscribers').set(values).where('id', '=', id).execute();
  clock.now = new Date();
  const requested_at = new Date(clock.now.getTime() - 3 * DAY_MS);
  // Subscribers 1: the digest; 2: the reminder; 3: the question; 4: the goodbye; 5: nothing.
  await set(1, { frequency: 'monthly' });
  await set(2, { status: 'pending', confirmed_at: null, requested_at, asked_times: 1 });
  const at = clock.now.toISOString();
  await sendDigestJob(context, { month: MONTH });
  await lookAfterReadersJob(context);
  await set(3, { still_asked_at: clock.now });
  await set(4, { status: 'suppressed', suppressed_at: clock.now, suppressed_reason: 'inactive' });
  await db.transaction().execute((tx) =>
    enqueue(context.boss, tx, 'send-letter', [
      { key: 'still-want-this 3', data: { kind: 'still-want-this', id: 3, at } },
      { key: 'goodbye 4', data: { kind: 'goodbye', id: 4, at } },
    ]),
  );
  await app.drain();
  await set(1, { digest_month: null });
  await set(2, { reminded_at: null });
  await set(3, { still_asked_at: null });
  await set(4, { status: 'active', suppressed_at: null, suppressed_reason: null });
  const countMails = async () => (await db.selectFrom('outbox.mails').select('id').execute()).length;
  return { ...app, countMails };
}

test('after a restore, letters that Resend lists are not sent again', async () => {
  const app = await createRestored();
  const { context } = app;
  const mails = await app.countMails();
  expect(await reconcile(context)).toMatchObject({
    letters: [
      { kind: `digest-${MONTH}`, found: 1 },
      { kind: 'goodbye', found: 1 },
      { kind: 'reminder', found: 1 },
      { kind: 'still-want-this', found: 1 },
    ],
    unnamed_letters: 0,
  });
  // Resend has forgotten the idempotency keys.
  await context.db.deleteFrom('outbox.requests').execute();
  await sendDigestJob(context, { month: MONTH });
  await lookAfterReadersJob(context);
  await app.drain();
  expect(await app.countMails()).toBe(mails);
  const readers = await context.db
    .selectFrom('subscribers')
    .select(['id', 'status', 'digest_month', 'suppressed_reason'])
    .orderBy('id')
    .execute();
  expect(readers.map(({ status }) => status)).toEqual([
    'active',
    'pending',
    'active',
    'suppressed',
    'active',
  ]);
  expect(readers.map(({ digest_month }) => digest_month)).toEqual([MONTH, null, null, null, null]);
  expect((await reconcile(context)).letters).toEqual([]);
});

test('letters that waited in the queue of the backup are neither sent again nor reported as lost', async () => {
  const app = await createRestored();
  const { context } = app;
  const { db } = context;
  const at = new Date(Date.now() - 2 * DAY_MS).toISOString();
  await db.transaction().execute(async (tx) => {
    await enqueue(context.boss, tx, 'send-digest-copy', [
      { key: `${MONTH} 1 ${at}`, data: { month: MONTH, subscriber_id: 1, at } },
    ]);
    await enqueue(context.boss, tx, 'send-letter', [
      { key: 'still-want-this 3', data: { kind: 'still-want-this', id: 3, at } },
    ]);
  });
  await db.updateTable('subscribers').set({ digest_month: MONTH }).where('id', '=', 1).execute();
  await reconcile(context);
  await app.drain();
  const lost = db.selectFrom('staff_notices').select('subject_key').where('subject_key', 'like', 'lost%');
  expect(await lost.execute()).toEqual([]);
  const readers = db.selectFrom('subscribers').select(['digest_month', 'still_asked_at']).orderBy('id');
  const [first, , third] = await readers.execute();
  expect([first?.digest_month, third?.still_asked_at]).toEqual([MONTH, expect.any(Date)]);
});

test('a letter that Resend lists as failed is still owed', async () => {
  const app = await createRestored();
  await app.context.db.updateTable('outbox.mails').set({ last_event: 'failed' }).execute();
  expect((await reconcile(app.context)).letters).toEqual([]);
});

test('letters of a release that did not say what they are are counted', async () => {
  const app = await createSentIssue(1);
  const { context } = app;
  await submitLetter(context, {
    letter: goodbye({ sign_up_url: '', archive_url: '', imprint: imprintOf(context.config) }),
    to: 'delivered+1@resend.dev',
    key: 'something',
    requested_at: context.now(),
    about: { kind: 'goodbye', tag: 'reader', id: 1 },
  });
  await sql`
    update outbox.mails set tags = (
      select jsonb_agg(tag) from jsonb_array_elements(tags) as tag where tag ->> 'name' <> 'letter')`.execute(
    context.db,
  );
  expect(await reconcile(context)).toMatchObject({ letters: [], unnamed_letters: 1 });
});

test('a restore ends the jobs of those changes of address whose letters went out, and of no others', async () => {
  const app = await createSentIssue(2);
  const { context, clock } = app;
  const { db } = context;
  clock.now = new Date();
  const change = (subscriber_id: number, replaced: string) =>
    db
      .insertInto('address_changes')
      .values({
        subscriber_id,
        email: `new-${replaced}`,
        requested_at: clock.now,
        confirmed_at: clock.now,
        replaced,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
  // The id of the first change is that of a reader; its letter waits.
  const { id: waiting } = await change(2, 'delivered+old2@resend.dev');
  const { id: sent } = await change(2, 'delivered+1@resend.dev');
  const at = clock.now.toISOString();
  await sendLetterJob(context, { kind: 'address-changed', id: sent, at });
  await db
    .updateTable('address_changes')
    .set({ replaced: 'delivered+1@resend.dev' })
    .where('id', '=', sent)
    .execute();
  await db.transaction().execute((tx) =>
    enqueue(
      context.boss,
      tx,
      'send-letter',
      [waiting, sent].map((id) => ({
        key: `address-changed ${id}`,
        data: { kind: 'address-changed' as const, id, at },
      })),
    ),
  );
  await reconcile(context);
  const { rows } = await sql<{ id: number }>`
    select (data ->> 'id')::integer as id from pgboss.job where name = 'send-letter' and state < 'completed'`.execute(
    db,
  );
  expect(rows).toEqual([{ id: waiting }]);
});
