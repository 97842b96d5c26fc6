import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../../support/test-database.ts';
import type { Db } from '../../../src/database/connect.ts';
import { mailTo, post, startOutbox } from './start-outbox.ts';

const KEY = { idempotencyKey: 'batch-7' };

test('the same key and body get the same ids, and no second mail', async () => {
  const { db } = await createTestDatabase();
  const { resend } = await startOutbox(db);
  const mails = [mailTo('ann@example.net'), mailTo('bo@example.net')];
  const first = await resend.batch.send(mails, KEY);
  const second = await resend.batch.send(mails, KEY);
  expect(first.error).toBeNull();
  expect(second.data).toEqual(first.data);
  expect(await countMails(db)).toBe(2);
});

test('the same key with another body is refused; on the other endpoint it is a different key', async () => {
  const { db } = await createTestDatabase();
  const { resend } = await startOutbox(db);
  await resend.emails.send(mailTo('ann@example.net'), KEY);
  const changed = await resend.emails.send(mailTo('bo@example.net'), KEY);
  expect(changed.error).toMatchObject({ statusCode: 409, name: 'invalid_idempotent_request' });
  expect((await resend.batch.send([mailTo('cy@example.net')], KEY)).error).toBeNull();
  expect(await countMails(db)).toBe(2);
});

test('a key is remembered for 24 hours and then forgotten', async () => {
  const { db } = await createTestDatabase();
  let now = new Date('2026-11-23T12:00:00Z');
  const { resend } = await startOutbox(db, { now: () => now });
  const send = async () => (await resend.emails.send(mailTo('ann@example.net'), KEY)).data?.id;
  const first = await send();
  now = new Date('2026-11-24T11:59:59Z');
  expect(await send()).toBe(first);
  now = new Date('2026-11-24T12:00:00Z');
  const second = await send();
  expect(second).not.toBe(first);
  expect(await send()).toBe(second);
});

test('an empty key or one of more than 256 characters is refused with 400', async () => {
  const { db } = await createTestDatabase();
  const { baseUrl } = await startOutbox(db);
  const send = (key: string) =>
    post(baseUrl, '/emails', mailTo('ann@example.net'), { 'idempotency-key': key });
  for (const key of ['', 'k'.repeat(257)]) {
    const response = await send(key);
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { name: 'invalid_idempotency_key' },
    ]);
  }
  expect((await send('k'.repeat(256))).status).toBe(200);
});

test('while the first request runs, the same key is refused, even in another process', async () => {
  const { db } = await createTestDatabase();
  const one = await startOutbox(db);
  const other = await startOutbox(db);
  one.outbox.faults.add({ kind: 'slow', ms: 2000, times: 1 });
  const mail = mailTo('ann@example.net');
  const first = one.resend.emails.send(mail, KEY);
  await expect.poll(() => countHeldLocks(db), { timeout: 2000, interval: 10 }).toBe(1);
  const second = await other.resend.emails.send(mail, KEY);
  expect(second.error).toMatchObject({ statusCode: 409, name: 'concurrent_idempotent_requests' });
  const { data } = await first;
  expect((await other.resend.emails.send(mail, KEY)).data).toEqual(data);
  expect(await countMails(db)).toBe(1);
});

test('twenty concurrent requests with one key send one mail', async () => {
  const { db } = await createTestDatabase();
  const { resend } = await startOutbox(db);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => resend.emails.send(mailTo('ann@example.net'), KEY)),
  );
  const ids = new Set(answers.flatMap(({ data }) => data?.id ?? []));
  expect(ids.size).toBe(1);
  expect(new Set(answers.flatMap(({ error }) => error?.name ?? []))).toSatisfy(
    (names: Set<string>) =>
      names.size === 0 || (names.size === 1 && names.has('concurrent_idempotent_requests')),
  );
  expect(await countMails(db)).toBe(1);
});

test('a request that dies before its end stores neither key nor mails, and a retry sends each mail once', async () => {
  const { db, pool } = await createTestDatabase();
  pool.on('connect', (client) => client.on('error', () => undefined));
  const dying = await startOutbox(db);
  dying.outbox.faults.add({ kind: 'slow', ms: 800, times: 1 });
  const mails = [mailTo('ann@example.net'), mailTo('bo@example.net')];
  const lost = dying.resend.batch.send(mails, KEY);
  await expect.poll(() => killLockHolder(db), { timeout: 2000, interval: 10 }).toBe(1);
  expect((await lost).error).toMatchObject({ statusCode: 500 });
  expect(await countMails(db)).toBe(0);
  expect(await db.selectFrom('outbox.requests').selectAll().execute()).toEqual([]);
  const { resend } = await startOutbox(db);
  expect((await resend.batch.send(mails, KEY)).data?.data).toHaveLength(2);
  expect(await countMails(db)).toBe(2);
});

test('a refused request does not use up its key', async () => {
  const { db } = await createTestDatabase();
  const { resend } = await startOutbox(db);
  expect((await resend.emails.send(mailTo('nobody'), KEY)).error).toMatchObject({ statusCode: 422 });
  expect((await resend.emails.send(mailTo('ann@example.net'), KEY)).error).toBeNull();
});

async function countMails(db: Db): Promise<number> {
  return (await db.selectFrom('outbox.mails').select('id').execute()).length;
}

async function countHeldLocks(db: Db): Promise<number> {
  return (await listLockHolders(db)).length;
}

async function killLockHolder(db: Db): Promise<number> {
  const holders = await listLockHolders(db);
  for (const { pid } of holders) {
    await sql`select pg_terminate_backend(${pid}::integer)`.execute(db);
  }
  return holders.length;
}

async function listLockHolders(db: Db) {
  const { rows } = await sql<{ pid: number }>`
    select locks.pid from pg_locks as locks join pg_stat_activity as activity on activity.pid = locks.pid
    where locks.locktype = 'advisory' and activity.datname = current_database()
      and activity.query like 'insert into "outbox"."requests"%'`.execute(db);
  return rows;
}
