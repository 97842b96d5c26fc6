import { Readable } from 'node:stream';
import { sql } from 'kysely';
import type pg from 'pg';
import { expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import type { NewRow } from '../../src/database/schema.ts';
import { hashAddress } from '../../src/subscribers/address/hash-address.ts';
import { importSubscribers } from '../../src/subscribers/transfer/import.ts';
import { createTestDatabase } from '../support/test-database.ts';

const now = new Date('2026-11-20T12:00:00Z');
const HEADER = 'email,consent_source,confirmed_at,categories';

test('valid lines become active subscribers', async () => {
  const { db, pool } = await createTestDatabase();
  const report = await run(pool, [
    HEADER,
    'ann@example.net,trade fair,2026-11-17T09:00:00Z,Writing;Developer Tools',
    ' bo@BÜCHER.example , web shop , 2026-11-18 ,',
  ]);
  expect(report).toMatchObject({ added: 2, unchanged: 0, refused: [] });
  expect(await listSubscribers(db)).toMatchObject([
    {
      email: 'ann@example.net',
      status: 'active',
      consent_source: 'trade fair',
      confirmed_at: new Date('2026-11-17T09:00:00Z'),
      requested_at: new Date('2026-11-17T09:00:00Z'),
      categories: ['Writing', 'Developer Tools'],
    },
    {
      email: 'bo@xn--bcher-kva.example',
      status: 'active',
      consent_source: 'web shop',
      confirmed_at: new Date('2026-11-18T00:00:00Z'),
      categories: [],
    },
  ]);
});

test('the categories are optional and the columns may be in any order', async () => {
  const { db, pool } = await createTestDatabase();
  await run(pool, ['confirmed_at,email,consent_source', '2026-11-17,ann@example.net,fair']);
  expect(await listSubscribers(db)).toMatchObject([
    { email: 'ann@example.net', consent_source: 'fair', confirmed_at: new Date('2026-11-17T00:00:00Z') },
  ]);
});

test('a byte order mark, CRLF, empty lines, quoted fields and a missing final line break are accepted', async () => {
  const { db, pool } = await createTestDatabase();
  const report = await run(pool, [
    '\uFEFF"email","consent_source",confirmed_at\r',
    '\r',
    '"ann@example.net", "a ""fair"", in Rome" ,2026-11-17\r',
    'bo@example.net,fair,2026-11-17',
  ]);
  expect(report).toMatchObject({ added: 2, unchanged: 0, refused: [] });
  expect(await listSubscribers(db)).toMatchObject([
    { consent_source: 'a "fair", in Rome' },
    { consent_source: 'fair' },
  ]);
});

test('characters split between two chunks of the stream are decoded', async () => {
  const { db, pool } = await createTestDatabase();
  const bytes = Buffer.from(`${HEADER}\nann@example.net,Ünïcödé 🚀,2026-11-17,\n`);
  const report = await importSubscribers(pool, Readable.from([...bytes].map((byte) => Buffer.from([byte]))), {
    now,
    dryRun: false,
  });
  expect(report.added).toBe(1);
  expect(await listSubscribers(db)).toMatchObject([{ consent_source: 'Ünïcödé 🚀' }]);
});

test('invalid lines are reported by line number, valid ones are imported', async () => {
  const { db, pool } = await createTestDatabase();
  const report = await run(pool, [
    HEADER,
    'ann@example.net,fair,2026-11-17,',
    'ann@,fair,2026-11-17,',
    '',
    'bo@example.net,,2026-11-17,',
    'bo@example.net,fair,2026-02-30,',
    'bo@example.net,fair,17.11.2026,',
    'bo@example.net,fair,17 Nov 2026,',
    'bo@example.net,fair,2026-11-20T12:00:01Z,',
    'bo@example.net,fair,2026-11-17',
    'bo@example.net,fair,in May,2026-11-17,',
    'bo@example.net,the "big" fair,2026-11-17,',
    'bo@example.net,"fair,2026-11-17,',
    'ANN@Example.net,fair,2026-11-17,',
    `bo@example.net,fair,2026-11-17,${'x'.repeat(41)}`,
    'bo@example.net,a\u0000b,2026-11-17,',
    'cy@example.net,fair,2026-11-20T12:00:00Z,',
  ]);
  expect(report.added).toBe(2);
  expect(report.refused.map(({ line, problem }) => `${line} ${problem}`)).toEqual([
    expect.stringMatching(/^3 email is not an address that we can send to: There is/),
    expect.stringMatching(/^5 consent_source is missing/),
    expect.stringMatching(/^6 confirmed_at is not a date/),
    expect.stringMatching(/^7 confirmed_at is not a date/),
    expect.stringMatching(/^8 confirmed_at is not a date/),
    expect.stringMatching(/^9 confirmed_at is in the future/),
    '10 has 3 fields instead of 4',
    expect.stringMatching(/^11 confirmed_at is not a date/),
    expect.stringMatching(/^12 has unbalanced quotation marks/),
    expect.stringMatching(/^13 has unbalanced quotation marks/),
    '14 repeats the address of another line',
    expect.stringMatching(/^15 a category is over 40 characters/),
    expect.stringMatching(/^16 consent_source .* control characters/),
  ]);
  expect((await listSubscribers(db)).map((row) => row.email)).toEqual(['ann@example.net', 'cy@example.net']);
  expect(JSON.stringify(report).replaceAll('name@example.net', '')).not.toMatch(/\w@\w/);
});

test('readers who left, were suppressed or erased are never reactivated', async () => {
  const { db, pool } = await createTestDatabase();
  await store(db, [
    { email: 'Left@example.net', status: 'unsubscribed', unsubscribed_at: now },
    { email: 'back@example.net', status: 'pending', unsubscribed_at: now },
    { email: 'stopped@example.net', status: 'suppressed', suppressed_at: now, suppressed_reason: 'bounced' },
  ]);
  const email_hash = await hashAddress(db, 'erased@example.net');
  await db.insertInto('suppressions').values({ email_hash, reason: 'erased', created_at: now }).execute();
  const before = await listSubscribers(db);
  const people = ['left', 'back', 'stopped', 'Erased'];
  const report = await run(pool, [HEADER, ...people.map((name) => `${name}@example.net,fair,2026-11-17,`)]);
  expect(report).toMatchObject({
    added: 0,
    unchanged: 0,
    refused: [
      { line: 2, problem: expect.stringContaining('has unsubscribed') as string },
      { line: 3, problem: expect.stringContaining('has unsubscribed') as string },
      { line: 4, problem: expect.stringContaining('a suppressed subscriber') as string },
      { line: 5, problem: expect.stringContaining('on the suppression list') as string },
    ],
  });
  expect(await listSubscribers(db)).toEqual(before);
});

test('an active subscriber is unchanged, a pending one becomes active', async () => {
  const { db, pool } = await createTestDatabase();
  await store(db, [
    { email: 'ann@example.net', status: 'active', confirmed_at: new Date('2026-10-01T00:00:00Z') },
    { email: 'bo@example.net', status: 'pending', consent_wording: 'v1' },
  ]);
  const report = await run(pool, [
    HEADER,
    'ANN@example.net,fair,2026-11-17,A',
    'BO@example.net,fair,2026-11-17,B',
  ]);
  expect(report).toMatchObject({ added: 1, unchanged: 1, refused: [] });
  expect(await listSubscribers(db)).toMatchObject([
    {
      email: 'ann@example.net',
      consent_source: '/',
      categories: [],
      confirmed_at: new Date('2026-10-01T00:00:00Z'),
    },
    {
      email: 'bo@example.net',
      status: 'active',
      consent_source: 'fair',
      consent_wording: null,
      confirmed_at: new Date('2026-11-17T00:00:00Z'),
      categories: ['B'],
    },
  ]);
});

test('a second run changes nothing', async () => {
  const { db, pool } = await createTestDatabase();
  const lines = [
    HEADER,
    'ann@example.net,fair,2026-11-17,A',
    'bo@example.net,fair,2026-11-17,',
    'bad,fair,2026-11-17,',
  ];
  await run(pool, lines);
  const before = await readVersions(db);
  expect(await run(pool, lines)).toMatchObject({ added: 0, unchanged: 2, refused: [{ line: 4 }] });
  expect(await readVersions(db)).toEqual(before);
});

test('a dry run reports the same and writes nothing', async () => {
  const { db, pool } = await createTestDatabase();
  await store(db, [{ email: 'bo@example.net', status: 'pending' }]);
  const before = await listSubscribers(db);
  const lines = [
    HEADER,
    'ann@example.net,fair,2026-11-17,',
    'bo@example.net,fair,2026-11-17,',
    'x,fair,2026-11-17,',
  ];
  const dry = await run(pool, lines, { now, dryRun: true });
  expect(await listSubscribers(db)).toEqual(before);
  expect(await run(pool, lines)).toEqual(dry);
  expect(dry).toMatchObject({ added: 2, refused: [{ line: 4 }] });
});

test.each([
  [
    ['Contact,consent_source,confirmed_at'],
    ['its columns are contact', 'rename the one with the addresses to email'],
  ],
  [['email,Email,consent_source,confirmed_at'], ['the column "email" appears twice']],
  [
    ['ann@example.net,fair,2026-11-17'],
    ['its columns are ann@example.net', 'rename the one with the addresses to email'],
  ],
])('the header %j is refused', async (header, problems) => {
  const { db, pool } = await createTestDatabase();
  await expect(run(pool, [...header, 'ann@example.net,fair,2026-11-17'])).rejects.toMatchObject({
    code: 'invalid_input',
    problems: problems.map((problem) => expect.stringContaining(problem) as string),
  });
  expect(await listSubscribers(db)).toEqual([]);
});

test.each(['', '\uFEFF', '\n\n'])('the empty file %j is refused', async (text) => {
  const { pool } = await createTestDatabase();
  await expect(run(pool, [text])).rejects.toMatchObject({ code: 'invalid_input' });
});

test('a file of two encodings is refused as a whole, with the line number', async () => {
  const { db, pool } = await createTestDatabase();
  const file = Buffer.concat([
    Buffer.from(`${HEADER}\nann@example.net,fête,2026-11-17,\nbo@example.net,`),
    Buffer.from([0xe9]),
    Buffer.from(',2026-11-17,\n'),
  ]);
  await expect(importSubscribers(pool, Readable.from([file]), { now, dryRun: false })).rejects.toMatchObject({
    code: 'invalid_input',
    problems: [expect.stringContaining('line 3: is not UTF-8')],
  });
  expect(await listSubscribers(db)).toEqual([]);
});

test('a very long line is refused before it fills the memory', async () => {
  const { pool } = await createTestDatabase();
  let chunks = 0;
  const stream = Readable.from(
    (function* () {
      for (; chunks < 1000; chunks += 1) {
        yield 'x'.repeat(10_000);
      }
    })(),
  );
  await expect(importSubscribers(pool, stream, { now, dryRun: false })).rejects.toMatchObject({
    code: 'invalid_input',
  });
  expect(chunks).toBeLessThan(100);
  expect(stream.destroyed).toBe(true);
});

test('a stream that fails after thousands of lines imports nothing', async () => {
  const { db, pool } = await createTestDatabase();
  const stream = Readable.from(
    (function* () {
      yield* linesOf(5000);
      throw new Error('the disk is gone');
    })(),
  );
  await expect(importSubscribers(pool, stream, { now, dryRun: false })).rejects.toThrow('the disk is gone');
  expect(await listSubscribers(db)).toEqual([]);
});

test('20,000 lines are streamed: the first are staged long before the last is read', async () => {
  const { db, pool } = await createTestDatabase();
  const stream = Readable.from(
    (async function* () {
      let produced = 0;
      for (const line of linesOf(20_000)) {
        yield line;
        produced += 1;
        if (produced === 10_000) {
          await expect.poll(() => countStagedBytes(db)).toBeGreaterThan(100_000);
        }
      }
    })(),
  );
  const report = await importSubscribers(pool, stream, { now, dryRun: false });
  expect(report).toMatchObject({ added: 20_000, unchanged: 0, refused: [] });
  const { count } = await db
    .selectFrom('subscribers')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('status', '=', 'active')
    .executeTakeFirstOrThrow();
  expect(count).toBe(20_000);
  const again = await importSubscribers(pool, Readable.from(linesOf(20_000)), { now, dryRun: false });
  expect(again).toMatchObject({ added: 0, unchanged: 20_000, refused: [] });
});

test('concurrent imports of the same people add each of them once', async () => {
  const { pool } = await createTestDatabase();
  const lines = [...linesOf(3000)];
  const backwards = [lines[0] ?? '', ...lines.slice(1).toReversed()];
  const reports = await Promise.all(
    [lines, backwards].map((text) => importSubscribers(pool, Readable.from(text), { now, dryRun: false })),
  );
  expect(reports.map((report) => report.added).toSorted((a, b) => a - b)).toEqual([0, 3000]);
  expect(reports.map((report) => report.unchanged).toSorted((a, b) => a - b)).toEqual([0, 3000]);
});

function run(pool: pg.Pool, lines: readonly string[], options = { now, dryRun: false }) {
  return importSubscribers(pool, Readable.from([lines.join('\n')]), options);
}

function* linesOf(count: number) {
  yield `${HEADER}\n`;
  for (let number = 1; number <= count; number += 1) {
    yield `reader${number}@example.net,fair,2026-11-17,\n`;
  }
}

/** What PostgreSQL has received of a COPY that is under way. */
async function countStagedBytes(db: Db): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    select bytes_processed as bytes from pg_stat_progress_copy where datname = current_database()`.execute(
    db,
  );
  return rows[0]?.bytes ?? 0;
}

type Known = Omit<NewRow<'subscribers'>, 'consent_source' | 'requested_at'>;

async function store(db: Db, rows: readonly Known[]) {
  const signUp = { consent_source: '/', requested_at: new Date('2026-10-01T00:00:00Z') };
  await db
    .insertInto('subscribers')
    .values(rows.map((row) => ({ ...signUp, ...row })))
    .execute();
}

function listSubscribers(db: Db) {
  return db.selectFrom('subscribers').selectAll().orderBy('id').execute();
}

/** The transaction that last wrote each row, as PostgreSQL records it. */
function readVersions(db: Db) {
  return db.selectFrom('subscribers').select(db.dynamic.ref('xmin')).orderBy('id').execute();
}

test('the optional engaged_at column is stored, and must be a past date', async () => {
  const { db, pool } = await createTestDatabase();
  const report = await run(pool, [
    'email,consent_source,confirmed_at,engaged_at',
    'ann@example.net,fair,2026-01-17,2026-11-10',
    'bo@example.net,fair,2026-01-17,',
    'cy@example.net,fair,2026-01-17,yesterday',
    'di@example.net,fair,2026-01-17,2099-01-01',
  ]);
  expect(report).toMatchObject({ added: 2, refused: [{ line: 4 }, { line: 5 }] });
  expect(report.refused[0]?.problem).toContain('engaged_at is ');
  expect(await listSubscribers(db)).toMatchObject([
    { email: 'ann@example.net', engaged_at: new Date('2026-11-10') },
    { email: 'bo@example.net', engaged_at: null },
  ]);
});
