import { parse } from 'csv-parse/sync';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type pg from 'pg';
import type { Db } from '../../src/database/connect.ts';
import { exportSubscribers } from '../../src/subscribers/transfer/export.ts';
import { runCommand } from '../support/run-command.ts';
import { spawnVerdicts } from '../support/run-verdicts.ts';
import { createTestDatabase } from '../support/test-database.ts';

const HEADER =
  'email,status,consent_source,consent_form,consent_wording,confirmed_by,suppressed_reason,requested_at,confirmation_sent_at,confirmed_at,unsubscribed_at,suppressed_at,paused_until,engaged_at,still_asked_at,reminded_at,categories,lead,frequency,morning_zone,digest_month,past_consents\r\n';
const at = new Date('2026-11-17T09:00:00Z');

test('an export without subscribers contains only the header', async () => {
  const { pool } = await createTestDatabase();
  expect(await readAll(pool)).toEqual([HEADER]);
});

test('every subscriber of every status is one line, in the order of signing up', async () => {
  const { db, pool } = await createTestDatabase();
  const base = { consent_source: '/', requested_at: at };
  await db
    .insertInto('subscribers')
    .values([
      { ...base, email: 'bo@example.net', status: 'active', confirmed_at: at, categories: ['A', 'B'] },
      { ...base, email: 'ann@example.net', status: 'pending', consent_wording: 'v1' },
      { ...base, email: 'cy@example.net', status: 'unsubscribed', unsubscribed_at: at },
      {
        ...base,
        email: 'di@example.net',
        status: 'suppressed',
        suppressed_at: at,
        suppressed_reason: 'bounced',
      },
    ])
    .execute();
  const day = '2026-11-17 09:00:00+00';
  expect(await readAll(pool)).toEqual([
    HEADER,
    `bo@example.net,active,/,,,,,${day},,${day},,,,,,,A;B,always,weekly,,,\r\n`,
    `ann@example.net,pending,/,,v1,,,${day},,,,,,,,,,always,weekly,,,\r\n`,
    `cy@example.net,unsubscribed,/,,,,,${day},,,${day},,,,,,,always,weekly,,,\r\n`,
    `di@example.net,suppressed,/,,,,bounced,${day},,,,${day},,,,,,always,weekly,,,\r\n`,
  ]);
});

test.each(['a "fair", in Rome', 'two\nlines', 'two\r\nlines', '"', 'Ünïcödé 🚀'])(
  '%j is exported unchanged',
  async (source) => {
    expect((await exportOne(source)).consent_source).toBe(source);
  },
);

test.each(['=1+1', '+1', '-1', '@sum(1)', '=cmd,"x"', "'+1", '＝1'])(
  '%j is escaped, so that a spreadsheet does not run it as a formula',
  async (source) => {
    expect((await exportOne(source)).consent_source).toBe(`'${source}`);
  },
);

test('an address that looks like a formula is escaped too', async () => {
  expect((await exportOne('/', '+ann@example.net')).email).toBe("'+ann@example.net");
});

test('PostgreSQL’s pieces may end anywhere, even within a quoted field', async () => {
  const { db, pool } = await createTestDatabase();
  await addReaders(db, 20_000, sql`repeat('"' || e'\n', n % 90)`);
  const rows = parse<Record<string, string>>((await readAll(pool)).join(''), {
    columns: true,
    record_delimiter: '\r\n',
  });
  expect(rows.map(({ consent_source }) => consent_source)).toEqual(
    rows.map((_, index) => '"\n'.repeat((index + 1) % 90)),
  );
  expect(rows).toHaveLength(20_000);
});

test('stopping early ends the statement and frees its connection', async () => {
  const { db, pool } = await createTestDatabase();
  await addReaders(db, 20_000, sql`repeat('/', 1000)`);
  const pieces = exportSubscribers(pool);
  await pieces.next();
  await pieces.next();
  expect(await countOtherStatements(db)).toBeGreaterThan(0);
  await pieces.return(undefined);
  await expect.poll(() => countOtherStatements(db)).toBe(0);
  expect(pool.idleCount).toBe(pool.totalCount);
});

test('a reader that closes standard output ends the command without an error', async () => {
  const { db, url } = await createTestDatabase();
  await addReaders(db, 20_000, sql`repeat('/', 1000)`);
  const exporting = spawnVerdicts(['subscribers', 'export'], { DATABASE_URL: url });
  exporting.process.stdout?.once('data', () => exporting.process.stdout?.destroy());
  expect(await exporting.ended).toBe(0);
  expect(exporting.stderr()).toBe('');
});

test('all parts of a long export show the same moment, in the order of signing up, whatever changes meanwhile', async () => {
  const { db, pool } = await createTestDatabase();
  await addReaders(db, 20_000, sql`repeat('/', 100)`);
  // Ids have gaps of any length.
  await sql`delete from subscribers where id between 4000 and 11000`.execute(db);
  const pieces = exportSubscribers(pool);
  const read = [(await pieces.next()).value as Buffer, (await pieces.next()).value as Buffer];
  await sql`update subscribers set status = 'unsubscribed', unsubscribed_at = now() where id > 15000`.execute(
    db,
  );
  await sql`delete from subscribers where id = 19000`.execute(db);
  await sql`
    insert into subscribers (email, status, consent_source, requested_at)
    values ('late@example.net', 'pending', '/', now())`.execute(db);
  for await (const piece of pieces) {
    read.push(piece);
  }
  const rows = parse<Record<string, string>>(Buffer.concat(read), {
    columns: true,
    record_delimiter: '\r\n',
  });
  const kept = Array.from({ length: 20_000 }, (_, index) => index + 1).filter(
    (id) => id < 4_000 || id > 11_000,
  );
  expect(rows.map(({ email }) => email)).toEqual(kept.map((id) => `reader${id}@example.net`));
  expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['active']));
  expect(await countOtherStatements(db)).toBe(0);
});

test('a pool of one connection is enough', async () => {
  const { db, url } = await createTestDatabase();
  await addReaders(db, 12_000);
  const exported = await runCommand(['subscribers', 'export'], { DATABASE_URL: url, DATABASE_POOL: '1' });
  expect(exported).toMatchObject({ code: 0, stderr: '' });
  expect(exported.stdout.match(/\r\n/g)).toHaveLength(12_001);
});

test('an error in a later part ends the export with that error, and leaves no transaction open', async () => {
  const { db, pool } = await createTestDatabase();
  await addReaders(db, 40_000, sql`repeat('/', 1000)`);
  const pieces = exportSubscribers(pool);
  await pieces.next();
  await pieces.next();
  await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`.execute(
    db,
  );
  await expect(Array.fromAsync(pieces)).rejects.toThrow(/terminat|EPIPE|ECONNRESET|not queryable/);
  await expect.poll(() => countOtherStatements(db), { timeout: 10_000 }).toBe(0);
});

async function addReaders(db: Db, count: number, source = sql`'/'`): Promise<void> {
  await sql`
    insert into subscribers (email, status, consent_source, requested_at, confirmed_at)
    select 'reader' || n || '@example.net', 'active', ${source}, now(), now()
    from generate_series(1, ${count}) n`.execute(db);
}

/** Lines, each with its line ending. */
async function readAll(pool: pg.Pool): Promise<string[]> {
  const pieces: Buffer[] = [];
  for await (const piece of exportSubscribers(pool)) {
    pieces.push(piece);
  }
  return Buffer.concat(pieces)
    .toString()
    .split(/(?<=\r\n)/);
}

async function exportOne(consent_source: string, email = 'ann@example.net') {
  const { db, pool } = await createTestDatabase();
  await db
    .insertInto('subscribers')
    .values({ email, status: 'active', consent_source, requested_at: at, confirmed_at: at })
    .execute();
  const csv = (await readAll(pool)).join('');
  const [row] = parse<Record<string, string>>(csv, { columns: true, record_delimiter: '\r\n' });
  return row ?? {};
}

/** How many other connections are not idle. */
async function countOtherStatements(db: Db): Promise<number> {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'
      and backend_type = 'client backend'`.execute(db);
  return rows.length;
}
