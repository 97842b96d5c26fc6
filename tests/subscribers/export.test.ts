import { parse } from 'csv-parse/sync';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { exportSubscribers } from '../../src/subscribers/transfer/export.ts';
import { createTestDatabase } from '../support/test-database.ts';

const HEADER =
  'email,status,consent_source,consent_wording,requested_at,confirmed_at,unsubscribed_at,suppressed_at,suppressed_reason,categories,frequency\r\n';
const at = new Date('2026-11-17T09:00:00Z');

test('an export without subscribers contains only the header', async () => {
  const { db } = await createTestDatabase();
  expect(await readAll(db)).toEqual([HEADER]);
});

test('every subscriber of every status is one line, in the order of signing up', async () => {
  const { db } = await createTestDatabase();
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
  const day = '2026-11-17T09:00:00.000Z';
  expect(await readAll(db)).toEqual([
    HEADER,
    `bo@example.net,active,/,,${day},${day},,,,A;B,weekly\r\n`,
    `ann@example.net,pending,/,v1,${day},,,,,,weekly\r\n`,
    `cy@example.net,unsubscribed,/,,${day},,${day},,,,weekly\r\n`,
    `di@example.net,suppressed,/,,${day},,,${day},bounced,,weekly\r\n`,
  ]);
});

test.each(['a "fair", in Rome', 'two\nlines', 'two\r\nlines', '"', 'Ünïcödé 🚀'])(
  '%j is exported unchanged',
  async (source) => {
    expect((await exportOne(source)).consent_source).toBe(source);
  },
);

test.each(['=1+1', '+1', '-1', '@sum(1)', '=cmd,"x"'])(
  '%j is escaped, so that a spreadsheet does not run it as a formula',
  async (source) => {
    expect((await exportOne(source)).consent_source).toBe(`'${source}`);
  },
);

test('an address that looks like a formula is escaped too', async () => {
  expect((await exportOne('/', '+ann@example.net')).email).toBe("'+ann@example.net");
});

test('subscribers are read by a cursor, and stopping early releases the connection', async () => {
  const { db, pool } = await createTestDatabase();
  await sql`
    insert into subscribers (email, status, consent_source, requested_at, confirmed_at)
    select 'reader' || n || '@example.net', 'active', '/', now(), now() from generate_series(1, 5000) n`.execute(
    db,
  );
  expect((await readAll(db)).length).toBe(5001);
  const lines = exportSubscribers(db);
  await lines.next();
  await lines.next();
  expect(await countOpenCursors(db)).toBe(1);
  await lines.return(undefined);
  expect(await countOpenCursors(db)).toBe(0);
  expect(pool.idleCount).toBe(pool.totalCount);
});

async function readAll(db: Db): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportSubscribers(db)) {
    lines.push(line);
  }
  return lines;
}

async function exportOne(consent_source: string, email = 'ann@example.net') {
  const { db } = await createTestDatabase();
  await db
    .insertInto('subscribers')
    .values({ email, status: 'active', consent_source, requested_at: at, confirmed_at: at })
    .execute();
  const csv = (await readAll(db)).join('');
  const [row] = parse<Record<string, string>>(csv, { columns: true, record_delimiter: '\r\n' });
  return row ?? {};
}

/** How many other connections are not idle, that is in the middle of reading subscribers. */
async function countOpenCursors(db: Db): Promise<number> {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`.execute(db);
  return rows.length;
}
