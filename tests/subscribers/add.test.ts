import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import type { NewRow } from '../../src/database/schema.ts';
import { addSubscriber } from '../../src/subscribers/join/add.ts';
import { hashAddress } from '../../src/subscribers/address/hash-address.ts';
import { createTestDatabase } from '../support/test-database.ts';

const now = new Date('2026-11-20T12:00:00Z');
const confirmed_at = new Date('2026-11-19T12:00:00Z');
const ann = { email: ' Ann@Example.NET ', consent_source: ' trade fair ', confirmed_at };

test('an added subscriber is active at once, with their consent', async () => {
  const { db } = await createTestDatabase();
  expect(await addSubscriber(db, { ...ann, categories: ['Writing', ' Writing ', ''] }, now)).toBe('added');
  expect(await listSubscribers(db)).toMatchObject([
    {
      email: 'Ann@example.net',
      status: 'active',
      consent_source: 'trade fair',
      confirmed_at,
      categories: ['Writing'],
    },
  ]);
});

test('adding an active subscriber again changes nothing, ignoring the case of the address', async () => {
  const { db } = await createTestDatabase();
  await addSubscriber(db, ann, now);
  const before = await listSubscribers(db);
  const again = { ...ann, email: 'ANN@example.net', consent_source: 'somewhere else' };
  expect(await addSubscriber(db, again, now)).toBe('unchanged');
  expect(await listSubscribers(db)).toEqual(before);
});

test('a pending subscriber becomes active with the consent given elsewhere', async () => {
  const { db } = await createTestDatabase();
  await store(db, { status: 'pending', consent_wording: 'v1', consent_form: 'site', confirmed_by: 'link' });
  expect(await addSubscriber(db, ann, now)).toBe('activated');
  expect(await listSubscribers(db)).toMatchObject([
    {
      status: 'active',
      consent_source: 'trade fair',
      consent_wording: null,
      consent_form: null,
      confirmed_by: null,
      confirmed_at,
    },
  ]);
});

test.each([
  ['has unsubscribed', { status: 'unsubscribed' as const, unsubscribed_at: now }],
  ['has unsubscribed', { status: 'pending' as const, unsubscribed_at: now }],
  ['is suppressed', { status: 'suppressed' as const, suppressed_at: now, suppressed_reason: 'bounced' }],
])('a subscriber who %s is not reactivated', async (words, row) => {
  const { db } = await createTestDatabase();
  await store(db, row);
  const before = await listSubscribers(db);
  await expect(addSubscriber(db, ann, now)).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining(words) as string,
  });
  expect(await listSubscribers(db)).toEqual(before);
});

test('an address on the suppression list is refused', async () => {
  const { db } = await createTestDatabase();
  const email_hash = await hashAddress(db, 'ANN@example.net');
  await db.insertInto('suppressions').values({ email_hash, reason: 'erased', created_at: now }).execute();
  await expect(addSubscriber(db, ann, now)).rejects.toMatchObject({
    code: 'refused',
    message: 'This address is on the suppression list: erased.',
  });
  expect(await listSubscribers(db)).toEqual([]);
});

test.each([
  ['There is nothing after the @.', { email: 'ann@' }],
  ['consent_source is missing', { consent_source: ' ' }],
  ['confirmed_at is not a date', { confirmed_at: new Date('2026-02-31x') }],
  ['confirmed_at is in the future', { confirmed_at: new Date('2026-11-20T12:00:01Z') }],
  ['a category is over 40', { categories: ['x'.repeat(41)] }],
  ['control characters', { consent_source: 'a\u0000b' }],
])('invalid input is refused: %s', async (words, change) => {
  const { db } = await createTestDatabase();
  await expect(addSubscriber(db, { ...ann, ...change }, now)).rejects.toMatchObject({
    code: 'invalid_input',
    message: expect.stringContaining(words) as string,
  });
});

test('adding the same person concurrently creates one subscriber', async () => {
  const { db } = await createTestDatabase();
  const outcomes = await Promise.all([1, 2, 3].map(() => addSubscriber(db, ann, now)));
  expect(outcomes.toSorted()).toEqual(['added', 'unchanged', 'unchanged']);
});

test("the hash of an address is an HMAC under the installation's key and ignores capitals", async () => {
  const { db } = await createTestDatabase();
  const { hash_key } = await db.selectFrom('installation').select('hash_key').executeTakeFirstOrThrow();
  const expected = createHmac('sha256', hash_key).update('ann@example.net').digest();
  expect(await hashAddress(db, 'Ann@Example.net')).toEqual(expected);
});

type Known = Omit<NewRow<'subscribers'>, 'email' | 'consent_source' | 'requested_at'>;

async function store(db: Db, known: Known) {
  const signUp = {
    email: 'ann@example.net',
    consent_source: '/',
    requested_at: new Date('2026-11-01T00:00:00Z'),
  };
  await db
    .insertInto('subscribers')
    .values({ ...signUp, ...known })
    .execute();
}

function listSubscribers(db: Db) {
  return db.selectFrom('subscribers').selectAll().execute();
}
