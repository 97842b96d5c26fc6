import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { lookAfterReadersJob } from '../../jobs/readers/look-after-readers.ts';
import { signSubscriber } from '../../src/links/tokens.ts';
import { applyEvent } from '../../src/sending/events/apply-event.ts';
import { hashAddress } from '../../src/subscribers/address/hash-address.ts';
import { findByAddress, searchAddresses } from '../../src/subscribers/address/find-by-address.ts';
import { addSubscriber } from '../../src/subscribers/join/add.ts';
import { eraseSubscriber } from '../../src/subscribers/leave/erase.ts';
import { undoUnsubscribe, unsubscribe } from '../../src/subscribers/leave/unsubscribe.ts';
import { exportSubscribers } from '../../src/subscribers/transfer/export.ts';
import { type FileFacts, importSubscribers } from '../../src/subscribers/transfer/import.ts';
import { listRefusedRecords } from '../../src/subscribers/transfer/refused-lines.ts';
import { seedReaders } from '../support/seed.ts';
import { createSentIssue } from '../support/sent-issue.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';
import { createTestDatabase } from '../support/test-database.ts';

const DAY_MS = 86_400_000;
const NOW = new Date('2026-11-24T14:00:00Z');

const take = ({ context }: Pick<TestApp, 'context'>, file: string, facts: FileFacts = {}, now = NOW) =>
  importSubscribers(context.pool, Readable.from([Buffer.from(file)]), { now, dryRun: false, facts });

async function exportOf({ context }: TestApp): Promise<string> {
  return Buffer.concat(await Array.fromAsync(exportSubscribers(context.pool), Buffer.from)).toString();
}

const forget = ({ context }: TestApp, id: number) =>
  context.db.transaction().execute((tx) => eraseSubscriber(tx, id, NOW));
const statusOf = async ({ context }: TestApp, email: string) =>
  (await findByAddress(context.db, email))?.status;

/** The reader with this id moves from their address to another one, on 20 November. */
async function moveReader({ context: { db } }: TestApp, id: number, email: string): Promise<string> {
  const reader = await db
    .selectFrom('subscribers')
    .select('email')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const at = new Date('2026-11-20T10:00:00Z');
  await db
    .insertInto('address_changes')
    .values({
      subscriber_id: id,
      email,
      requested_at: at,
      confirmed_at: at,
      replaced_hash: await hashAddress(db, reader.email),
    })
    .execute();
  await db.updateTable('subscribers').set({ email }).where('id', '=', id).execute();
  return reader.email;
}

test('after a move by export, links in old mails are nobody else’s', async () => {
  const before = await createTestApp();
  await seedReaders(before.context.db, 3);
  await before.context.db.deleteFrom('subscribers').where('id', '=', 1).execute();
  const file = await exportOf(before);
  const after = await createTestApp();
  await take(after, file);
  const ids = await after.context.db.selectFrom('subscribers').select('id').execute();
  expect(ids).toHaveLength(2);
  expect(Math.min(...ids.map(({ id }) => id))).toBeGreaterThan(1_000_000);
  const old = `/preferences/${signSubscriber(after.context.linkKeys, 'preferences', 2)}`;
  expect(await (await after.request(old)).text()).not.toContain('delivered');
  // A second move, a day later.
  const last = await createTestApp();
  await take(last, await exportOf(after), {}, new Date(NOW.getTime() + DAY_MS));
  const moved = await last.context.db.selectFrom('subscribers').select('id').execute();
  expect(Math.min(...moved.map(({ id }) => id))).toBeGreaterThan(Math.max(...ids.map(({ id }) => id)));
});

test.each([
  'Opted Out',
  'opt-out',
  'Subscription Status',
  'Email status',
  'Unsubscribed from all email',
  'Date unsubscribed',
  'Bounced',
  'Left on',
  'Active',
  'accepts_marketing',
  'isActive',
  'unsubscribedAt',
])('a column that says who left is not ignored, whatever it is called: %s', async (column) => {
  const app = await createTestApp();
  const file = `email,confirmed_at,${column}\nann@example.net,2020-01-01T00:00:00Z,yes\n`;
  await expect(take(app, file, { consent_source: 'test' })).rejects.toThrow('may say who unsubscribed');
  await expect(
    take(app, file, { consent_source: 'test', map: { email: 'email', confirmed_at: 'confirmed_at' } }),
  ).rejects.toThrow('cannot be used');
});

test('a column about the time of a subscription or an opt-in says nothing about who left', async () => {
  const app = await createTestApp();
  const file = `email,confirmed_at,subscribed_at,subscribedAt,opt_in_time,unsubscribe_url,Days left\nann@example.net,2020-01-01T00:00:00Z,2020-01-01,2020-01-01,2020-01-01,x,3\n`;
  expect(await take(app, file, { consent_source: 'test' })).toMatchObject({ added: 1 });
});

test.each([
  ['Opted Out', 'unsubscribed'],
  ['Hard bounced', 'suppressed'],
  ['Spam complaint', 'suppressed'],
  ['Never bounced', 'active'],
  ['No complaints', 'active'],
])('with a status for the whole file, a row that says %s is %s', async (word, status) => {
  const app = await createTestApp();
  const file = `email,status,confirmed_at\nann@example.net,${word},2020-01-01T00:00:00Z\n`;
  await take(app, file, { consent_source: 'test', status: 'active' });
  expect(await statusOf(app, 'ann@example.net')).toBe(status);
});

test('who was erased and then complains is not mailed when somebody signs them up again', async () => {
  const app = await createTestApp();
  const { context } = app;
  const { db } = context;
  await seedReaders(db, 2);
  const { email } = await db
    .selectFrom('subscribers')
    .select('email')
    .where('id', '=', 1)
    .executeTakeFirstOrThrow();
  await forget(app, 1);
  const { id } = await db
    .insertInto('address_changes')
    .values({ subscriber_id: 2, email, requested_at: NOW })
    .returning('id')
    .executeTakeFirstOrThrow();
  await applyEvent(context, 'msg_1', {
    type: 'email.complained',
    created_at: NOW,
    data: { tags: { sender: context.installation.id, change: String(id) } },
  });
  await app.subscribe(email);
  await app.drain();
  expect(await db.selectFrom('outbox.mails').select('id').execute()).toEqual([]);
});

test('who is erased and complains about the last issue is not mailed when somebody signs them up again', async () => {
  const app = await createSentIssue(1);
  const { context } = app;
  const { db } = context;
  const { email } = await db.selectFrom('subscribers').select('email').executeTakeFirstOrThrow();
  const { id } = await db.selectFrom('deliveries').select('id').executeTakeFirstOrThrow();
  await forget(app, 1);
  await applyEvent(context, 'msg_1', {
    type: 'email.complained',
    created_at: NOW,
    recipient: email,
    data: { tags: { sender: context.installation.id, delivery: String(id), round: '1', issue: '2026-W48' } },
  });
  const before = (await db.selectFrom('outbox.mails').select('id').execute()).length;
  await app.subscribe(email);
  await app.drain();
  expect(await db.selectFrom('outbox.mails').select('id').execute()).toHaveLength(before);
});

test('who complains at an address that its reader has replaced is not mailed there, whoever they are by now', async () => {
  const app = await createTestApp();
  const { context } = app;
  await seedReaders(context.db, 1);
  const old = await moveReader(app, 1, 'new@example.net');
  await seedReaders(context.db, 1);
  expect(await statusOf(app, old)).toBe('active');
  await applyEvent(context, 'msg_1', {
    type: 'email.complained',
    created_at: NOW,
    recipient: old,
    data: { tags: { sender: context.installation.id, left: '1' } },
  });
  expect(await statusOf(app, old)).toBe('suppressed');
});

test('our own export keeps the choices of a reader who has signed up here meanwhile', async () => {
  const before = await createTestApp();
  await seedReaders(before.context.db, 1);
  const choices = {
    frequency: 'monthly' as const,
    always_lead: false,
    morning_zone: 'Europe/Berlin',
    paused_until: new Date('2027-06-01T00:00:00Z'),
  };
  await before.context.db.updateTable('subscribers').set(choices).execute();
  const file = await exportOf(before);
  const after = await createTestApp();
  const { email } = await before.context.db
    .selectFrom('subscribers')
    .select('email')
    .executeTakeFirstOrThrow();
  await after.subscribe(email);
  expect(await take(after, file)).toMatchObject({ added: 1 });
  expect(await findByAddress(after.context.db, email)).toMatchObject({ status: 'active', ...choices });
});

test('an unsubscribe that was taken back is not brought back by an export from before that', async () => {
  const app = await createTestApp();
  const { context, clock } = app;
  await seedReaders(context.db, 1);
  const { email } = await context.db.selectFrom('subscribers').select('email').executeTakeFirstOrThrow();
  await unsubscribe(context, 1);
  const file = await exportOf(app);
  clock.now = new Date(clock.now.getTime() + 3_600_000);
  expect(await undoUnsubscribe(context, 1)).toBe(true);
  expect(await take(app, file)).toMatchObject({ stopped: 0 });
  expect(await statusOf(app, email)).toBe('active');
});

test('a list of those who left stops readers at the address that they have by now', async () => {
  const app = await createTestApp();
  await seedReaders(app.context.db, 1);
  const old = await moveReader(app, 1, 'new@example.net');
  const file = `email,status,left_at\n${old},complained,2026-11-22T00:00:00Z\n`;
  expect(await take(app, file)).toMatchObject({ stopped: 1 });
  expect(await statusOf(app, 'new@example.net')).toBe('suppressed');
  // The old address is not stored again.
  expect(await statusOf(app, old)).toBeUndefined();
});

test('a complaint in a list stops a moved reader also if their old address is on the suppression list; a bounce does not', async () => {
  const app = await createTestApp();
  const { db } = app.context;
  await seedReaders(db, 1);
  const old = await moveReader(app, 1, 'new@example.net');
  await db
    .insertInto('suppressions')
    .values({ email_hash: await hashAddress(db, old), reason: 'complained', created_at: NOW })
    .execute();
  expect(await take(app, `email,status,left_at\n${old},bounced,2026-11-22T00:00:00Z\n`)).toMatchObject({
    stopped: 0,
  });
  expect(await take(app, `email,status\n${old},complained\n`)).toMatchObject({ stopped: 1 });
  expect(await statusOf(app, 'new@example.net')).toBe('suppressed');
});

test('an old list does not confirm a replaced address that somebody has entered again', async () => {
  const app = await createTestApp();
  const { db } = app.context;
  await seedReaders(db, 1);
  const old = await moveReader(app, 1, 'new@example.net');
  await app.subscribe(old);
  const file = `email,consent_source,confirmed_at\n${old},test,2026-01-01T00:00:00Z\n`;
  expect(await take(app, file)).toMatchObject({ added: 0 });
  expect(await statusOf(app, old)).toBe('pending');
  const consent = { email: old, consent_source: 'test', confirmed_at: new Date('2026-01-01T00:00:00Z') };
  await expect(addSubscriber(db, consent, NOW)).rejects.toThrow('changed this address');
});

test('a complaint in a list stops a reader who was erased and has signed up again', async () => {
  const app = await createTestApp();
  await seedReaders(app.context.db, 1);
  const { email } = await app.context.db.selectFrom('subscribers').select('email').executeTakeFirstOrThrow();
  await forget(app, 1);
  await app.subscribe(email);
  expect(await take(app, `email,status\n${email},complained\n`)).toMatchObject({ stopped: 1 });
  expect(await statusOf(app, email)).toBe('suppressed');
});

test('who left and was asked again in vain has left', async () => {
  const app = await createTestApp();
  const { context, clock } = app;
  await seedReaders(context.db, 1);
  const { email } = await context.db.selectFrom('subscribers').select('email').executeTakeFirstOrThrow();
  await unsubscribe(context, 1);
  await app.subscribe(email);
  expect(await statusOf(app, email)).toBe('pending');
  for (const days of [3, 70]) {
    clock.now = new Date(NOW.getTime() + days * DAY_MS);
    await lookAfterReadersJob(context);
  }
  expect(await statusOf(app, email)).toBe('unsubscribed');
});

test('the page that a sign-up names has no control characters', async () => {
  const app = await createTestApp();
  const response = await app.request('/api/subscribers', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: app.url },
    body: JSON.stringify({ email: 'ann@example.net', wording: '2026-11', page: 'Verdicts\n\u0000 home ' }),
  });
  expect(response.status).toBe(202);
  const reader = await findByAddress(app.context.db, 'ann@example.net');
  expect(reader?.consent_source).toContain('Verdicts');
  expect(reader?.consent_source).not.toMatch(/\p{Cc}/u);
});

test('refused lines can be corrected more than once', async () => {
  const { pool } = await createTestDatabase();
  const file =
    'line,reason,email,consent_source,confirmed_at\n7,is not an address,nobody,test,2026-01-01T00:00:00Z\n';
  const stream = () => Readable.from([Buffer.from(file)]);
  const { refused } = await importSubscribers(pool, stream(), { now: NOW, dryRun: true });
  const records = await Array.fromAsync(listRefusedRecords(stream(), refused));
  expect(records.map((record) => record.length)).toEqual([5, 5]);
  expect(records[0]).toEqual(['line', 'reason', 'email', 'consent_source', 'confirmed_at']);
  expect(records[1]?.slice(2)).toEqual(['nobody', 'test', '2026-01-01T00:00:00Z']);
});

test('staff find a reader by an address as its owner writes it', async () => {
  const app = await createTestApp();
  await app.subscribe('ann@bücher.example');
  expect(await searchAddresses(app.context.db, 'Ann@Bücher.example', 5)).toHaveLength(1);
});
