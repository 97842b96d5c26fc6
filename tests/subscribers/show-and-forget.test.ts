import { expect, test } from 'vitest';
import { getByAddress } from '../../src/subscribers/address/find-by-address.ts';
import type { Db } from '../../src/database/connect.ts';
import { addSubscriber } from '../../src/subscribers/join/add.ts';
import { eraseSubscriber } from '../../src/subscribers/leave/erase.ts';
import { countJoinsAndLeaves } from '../../src/subscribers/engagement/count-joins-and-leaves.ts';
import { hashAddress } from '../../src/subscribers/address/hash-address.ts';
import { getSubscriberRecord } from '../../src/subscribers/preferences/load-subscriber.ts';
import { createTestDatabase } from '../support/test-database.ts';

const now = new Date('2026-11-20T12:00:00Z');
const confirmed_at = new Date('2026-11-19T12:00:00Z');
const ann = { email: 'ann@bücher.example', consent_source: 'fair', confirmed_at };

test('a reader who was erased, came back and was then suppressed stays suppressed when erased again', async () => {
  const { db } = await createTestDatabase();
  const reasonKept = async () =>
    (await db.selectFrom('suppressions').select('reason').executeTakeFirstOrThrow()).reason;
  await addSubscriber(db, ann, now);
  await forget(db, ann.email);
  const suppressed = { status: 'suppressed', suppressed_at: now, suppressed_reason: 'complained' } as const;
  await db
    .insertInto('subscribers')
    .values({ email: 'ann@xn--bcher-kva.example', consent_source: '/', requested_at: now, ...suppressed })
    .execute();
  await forget(db, ann.email);
  expect(await reasonKept()).toBe('complained');
  await db
    .insertInto('subscribers')
    .values({ email: 'ann@xn--bcher-kva.example', consent_source: '/', requested_at: now, status: 'pending' })
    .execute();
  await forget(db, ann.email);
  expect(await reasonKept()).toBe('complained');
});

test('a subscriber is shown with their deliveries, newest week first', async () => {
  const { db } = await createTestDatabase();
  await addSubscriber(db, ann, now);
  await addSubscriber(db, { ...ann, email: 'bo@example.net' }, now);
  await deliver(db, '2026-W46', 'delivered');
  await deliver(db, '2026-W47', 'submitted');
  const shown = await getSubscriberRecord(db, ' ANN@BÜCHER.example');
  expect(shown).toMatchObject({
    email: 'ann@xn--bcher-kva.example',
    status: 'active',
    consent_source: 'fair',
  });
  expect(shown.deliveries).toMatchObject([
    { week: '2026-W47', status: 'submitted', queued_at: now, delivered_at: null },
    { week: '2026-W46', status: 'delivered', queued_at: now, delivered_at: now },
  ]);
  expect((await getSubscriberRecord(db, 'bo@example.net')).deliveries).toEqual([]);
});

test.each(['nobody@example.net', 'no address'])('%s is not found', async (email) => {
  const { db } = await createTestDatabase();
  await expect(getSubscriberRecord(db, email)).rejects.toMatchObject({ code: 'not_found' });
  await expect(forget(db, email)).rejects.toMatchObject({ code: 'not_found' });
  expect(await db.selectFrom('suppressions').selectAll().execute()).toEqual([]);
});

test('only a hash of a forgotten subscriber remains, and it prevents staff from adding them again', async () => {
  const { db } = await createTestDatabase();
  await addSubscriber(db, ann, now);
  await addSubscriber(db, { ...ann, email: 'bo@example.net' }, now);
  await forget(db, 'Ann@bücher.example');
  const left = await db.selectFrom('subscribers').select('email').execute();
  expect(left).toEqual([{ email: 'bo@example.net' }]);
  expect(await db.selectFrom('suppressions').selectAll().execute()).toEqual([
    {
      email_hash: await hashAddress(db, 'ann@xn--bcher-kva.example'),
      reason: 'erased',
      created_at: now,
      departed_at: now,
    },
  ]);
  await expect(addSubscriber(db, ann, now)).rejects.toMatchObject({ code: 'refused' });
});

test('an erased reader is counted once as one who left, on the day on which they left', async () => {
  const { db } = await createTestDatabase();
  const leftOn = async () => {
    const days = await countJoinsAndLeaves(db, new Date('2026-11-20T12:00:00Z'), 'UTC', 5 + calls++);
    return days.filter(({ left }) => left > 0).map(({ day, left }) => [day, left]);
  };
  let calls = 0;
  await addSubscriber(db, ann, now);
  const { id } = await getSubscriberRecord(db, ann.email);
  await db
    .insertInto('address_changes')
    .values({
      subscriber_id: id,
      email: ann.email,
      requested_at: now,
      confirmed_at: now,
      replaced_hash: await hashAddress(db, 'former@example.net'),
    })
    .execute();
  await forget(db, ann.email);
  expect(await leftOn()).toEqual([['2026-11-20', 1]]);
  await db
    .insertInto('subscribers')
    .values([
      { email: 'bo@example.net', consent_source: '/', requested_at: now, status: 'pending' },
      {
        email: 'di@example.net',
        consent_source: '/',
        requested_at: now,
        status: 'unsubscribed',
        confirmed_at: new Date('2026-11-17T12:00:00Z'),
        unsubscribed_at: new Date('2026-11-18T12:00:00Z'),
      },
    ])
    .execute();
  await forget(db, 'bo@example.net');
  await forget(db, 'di@example.net');
  expect(await leftOn()).toEqual([
    ['2026-11-18', 1],
    ['2026-11-20', 1],
  ]);
});

test('an existing entry of the suppression list keeps its reason', async () => {
  const { db } = await createTestDatabase();
  await addSubscriber(db, ann, now);
  const email_hash = await hashAddress(db, 'ann@xn--bcher-kva.example');
  await db.insertInto('suppressions').values({ email_hash, reason: 'complained', created_at: now }).execute();
  await forget(db, ann.email);
  expect(await db.selectFrom('suppressions').select('reason').execute()).toEqual([{ reason: 'complained' }]);
});

test('erasure is rolled back with its transaction', async () => {
  const { db } = await createTestDatabase();
  await addSubscriber(db, ann, now);
  const failing = db.transaction().execute(async (tx) => {
    const { id } = await getByAddress(tx, ann.email);
    await eraseSubscriber(tx, id, now);
    throw new Error('the rest failed');
  });
  await expect(failing).rejects.toThrow('the rest failed');
  expect(await getSubscriberRecord(db, ann.email)).toMatchObject({ status: 'active' });
  expect(await db.selectFrom('suppressions').selectAll().execute()).toEqual([]);
});

function forget(db: Db, email: string) {
  return db.transaction().execute(async (tx) => {
    const { id } = await getByAddress(tx, email);
    await eraseSubscriber(tx, id, now);
  });
}

/** One delivery to the first subscriber. */
async function deliver(db: Db, week: string, status: 'submitted' | 'delivered') {
  const { id: subscriber_id } = await db
    .selectFrom('subscribers')
    .select('id')
    .orderBy('id')
    .executeTakeFirstOrThrow();
  const { id: issue_id } = await db
    .insertInto('issues')
    .values({
      week,
      number: Number(week.slice(-2)),
      status: 'sent',
      content: '{}',
      content_hash: '',
      made_from: '{}',
      choice: '{}',
      edits: '{}',
      cut_off_at: now,
      drafted_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const delivered_at = status === 'delivered' ? now : null;
  await db
    .insertInto('deliveries')
    .values({ issue_id, subscriber_id, batch_id: 1, position: 0, status, queued_at: now, delivered_at })
    .execute();
}
