import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { sql } from 'kysely';
import type pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { getByAddress } from '../../src/subscribers/address/find-by-address.ts';
import { exportSubscribers, exportSubscribersAsJsonLines } from '../../src/subscribers/transfer/export.ts';
import { addSubscriber } from '../../src/subscribers/join/add.ts';
import { eraseSubscriber } from '../../src/subscribers/leave/erase.ts';
import { hashAddress } from '../../src/subscribers/address/hash-address.ts';
import { type FileFacts, importSubscribers } from '../../src/subscribers/transfer/import.ts';
import { runCommand } from '../support/run-command.ts';
import { createTestDatabase } from '../support/test-database.ts';

const now = new Date('2026-11-20T12:00:00Z');
const FACTS: FileFacts = { consent_source: 'the old newsletter' };

function take(pool: pg.Pool, file: string | Buffer, facts: FileFacts = FACTS) {
  return importSubscribers(pool, Readable.from([Buffer.from(file)]), { now, dryRun: false, facts });
}

async function listReaders(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('subscribers').selectAll().orderBy('id').execute();
  return rows.map(({ email, status, suppressed_reason, confirmed_at, unsubscribed_at, suppressed_at }) =>
    [
      email,
      suppressed_reason ?? status,
      (unsubscribed_at ?? suppressed_at ?? confirmed_at)?.toISOString() ?? '',
    ].join(' '),
  );
}

/** Made as these services write them (columns, quoting, times), with invented people. */
const FILES: [service: string, file: string, readers: string[]][] = [
  [
    'Mailchimp',
    `"Email Address","First Name",MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LEID,EUID,NOTES,TAGS,LAST_CHANGED
ann@example.net,Ann,2,,,"2018-02-12 10:54:27",198.51.100.7,1,a1,,"""Editors"",""Press""","2018-02-12 10:54:27"
bo@example.net,"Bo ""B"" Lee",2,"2017-01-02 03:04:05",198.51.100.7,"2017-01-02 03:05:00",198.51.100.7,2,a2,"two
lines",,"2018-02-12 10:54:27"
`,
    ['ann@example.net active 2018-02-12T10:54:27.000Z', 'bo@example.net active 2017-01-02T03:05:00.000Z'],
  ],
  [
    'Mailchimp',
    `Email Address,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,UNSUB_TIME,UNSUB_REASON,LEID,EUID
left@example.net,2,"2017-01-02 03:04:05","2017-01-02 03:05:00","2019-05-06 07:08:09",N/A (Unsubscribed by admin),3,a3
`,
    ['left@example.net unsubscribed 2019-05-06T07:08:09.000Z'],
  ],
  [
    'Mailchimp',
    `Email Address,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,LEID,EUID
gone@example.net,2,,"2017-01-02 03:05:00","2019-05-06 07:08:09",Spring,4,a4
`,
    ['gone@example.net bounced 2019-05-06T07:08:09.000Z'],
  ],
  [
    'Substack',
    `email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at
free@example.net,false,,other,false,2018-08-27T15:06:27.713Z,
paid@example.net,true,2118-01-01T00:00:00.000Z,yearly,false,2019-08-27T15:06:27.713Z,2019-08-28T00:00:00.000Z
off@example.net,true,,monthly,true,2019-08-27T15:06:27.713Z,
`,
    [
      'free@example.net active 2018-08-27T15:06:27.713Z',
      'paid@example.net active 2019-08-27T15:06:27.713Z',
      'off@example.net unsubscribed 2026-11-20T12:00:00.000Z',
    ],
  ],
  [
    'Ghost',
    `id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers\r
1,'+plus@example.net,Ann,,true,false,,2026-01-01T00:00:00.000Z,,"News, Press",\r
2,no@example.net,,,false,false,,2026-01-01T00:00:00.000Z,,,\r
3,empty@example.net,,,,false,,2026-01-02T00:00:00.000Z,,,\r
`,
    [
      '+plus@example.net active 2026-01-01T00:00:00.000Z',
      'no@example.net unsubscribed 2026-11-20T12:00:00.000Z',
      'empty@example.net active 2026-01-02T00:00:00.000Z',
    ],
  ],
  [
    'beehiiv',
    `email,First Name,Last Name,status,tier,created_at,stripe_customer_id,Free Tier,Premium Tier,unsubscribed_at
in@example.net,In,,active,free,2023-03-24 10:23:10 UTC,,Yes,No,
unsub@example.net,,,active,free,2023-03-24 10:23:10 UTC,,Yes,No,2023-04-24 10:23:10 UTC
out@example.net,,,inactive,free,2023-03-24 10:23:10 UTC,,Yes,No,
wait@example.net,,,pending,free,2023-03-24 10:23:10 UTC,,Yes,No,
bad@example.net,,,invalid,free,2023-03-24 10:23:10 UTC,,Yes,No,
`,
    [
      'in@example.net active 2023-03-24T10:23:10.000Z',
      'unsub@example.net unsubscribed 2023-04-24T10:23:10.000Z',
      'out@example.net unsubscribed 2026-11-20T12:00:00.000Z',
      'wait@example.net pending ',
      'bad@example.net bounced 2026-11-20T12:00:00.000Z',
    ],
  ],
  [
    'listmonk',
    `uuid,email,name,attributes,status,created_at,updated_at
u1,ann@example.net,Ann,"{""city"": ""Rome"", ""n"": [1,2]}",enabled,2024-01-02 15:04:05.123456 +0000 UTC,2024-01-03 15:04:05 +0000 UTC
u2,off@example.net,Off,{},disabled,2024-01-02 15:04:05.1 +0200 CEST,2024-01-03 15:04:05 +0000 UTC
u3,block@example.net,Block,{},blocklisted,2024-01-02 15:04:05 +0000 UTC,2024-01-03 15:04:05 +0000 UTC
`,
    [
      'ann@example.net active 2024-01-02T15:04:05.123Z',
      'off@example.net unsubscribed 2024-01-03T15:04:05.000Z',
      'block@example.net complained 2024-01-03T15:04:05.000Z',
    ],
  ],
  [
    'Buttondown',
    `id,creation_date,email_address,notes,tags,type,source,unsubscription_date,undeliverability_date
1,2024-01-02T15:04:05.123456Z,ann@example.net,,"a, b",regular,api,,
2,2024-01-02T15:04:05+00:00,paused@example.net,,,paused,api,,
3,2024-01-02T15:04:05Z,wait@example.net,,,unactivated,api,,
4,2024-01-02T15:04:05Z,left@example.net,,,unsubscribed,api,2024-02-02T15:04:05Z,
5,2024-01-02T15:04:05Z,gone@example.net,,,undeliverable,api,,2024-03-02T15:04:05Z
6,2024-01-02T15:04:05Z,spam@example.net,,,complained,api,,
`,
    [
      'ann@example.net active 2024-01-02T15:04:05.123Z',
      'paused@example.net active 2024-01-02T15:04:05.000Z',
      'wait@example.net pending ',
      'left@example.net unsubscribed 2024-02-02T15:04:05.000Z',
      'gone@example.net bounced 2024-03-02T15:04:05.000Z',
      'spam@example.net complained 2026-11-20T12:00:00.000Z',
    ],
  ],
  [
    'Kit',
    `id,first_name,email_address,state,created_at
1,Ann,ann@example.net,active,2024-01-02T15:04:05Z
2,,left@example.net,cancelled,2024-01-02T15:04:05Z
3,,wait@example.net,inactive,2024-01-02T15:04:05Z
4,,gone@example.net,bounced,2024-01-02T15:04:05Z
5,,spam@example.net,complained,2024-01-02T15:04:05Z
`,
    [
      'ann@example.net active 2024-01-02T15:04:05.000Z',
      'left@example.net unsubscribed 2026-11-20T12:00:00.000Z',
      'wait@example.net pending ',
      'gone@example.net bounced 2026-11-20T12:00:00.000Z',
      'spam@example.net complained 2026-11-20T12:00:00.000Z',
    ],
  ],
];

test.each(FILES)(
  'an export of %s is recognised, and each row keeps its meaning: %#',
  async (service, file, readers) => {
    const { db, pool } = await createTestDatabase();
    const report = await take(pool, file);
    expect(report).toMatchObject({ format: service, refused: [], encoding: 'UTF-8', delimiter: ',' });
    expect(await listReaders(db)).toEqual(readers);
    const sources = await db.selectFrom('subscribers').select('consent_source').distinct().execute();
    expect(sources).toEqual([{ consent_source: 'the old newsletter' }]);
    const versions = () => sql`select id, xmin::text from subscribers order by id`.execute(db);
    const before = (await versions()).rows;
    expect(await take(pool, file)).toMatchObject({ added: 0, stopped: 0, by_meaning: {}, refused: [] });
    expect((await versions()).rows).toEqual(before);
  },
);

test('headers in any case and order are recognised', async () => {
  const { db, pool } = await createTestDatabase();
  const report = await take(
    pool,
    'CREATED_AT;Tier;STATUS;Email\n2023-03-24 10:23:10 UTC;free;Active;ann@example.net\n',
  );
  expect(report).toMatchObject({ format: 'beehiiv', delimiter: ';', added: 1 });
  expect(await listReaders(db)).toEqual(['ann@example.net active 2023-03-24T10:23:10.000Z']);
});

const LIST = 'email,consent_source,confirmed_at\nann@example.net,fête à Rome,2026-11-17\n\n';

test.each([
  ['comma', LIST, { encoding: 'UTF-8', delimiter: ',' }],
  ['semicolon', LIST.replaceAll(',', ';'), { encoding: 'UTF-8', delimiter: ';' }],
  ['tab', LIST.replaceAll(',', '\t'), { encoding: 'UTF-8', delimiter: '\t' }],
  [
    'sep=',
    `sep=;\r\n${LIST.replaceAll(',', ';').replaceAll('\n', '\r\n')}`,
    { encoding: 'UTF-8', delimiter: ';' },
  ],
  ['a byte order mark', `\uFEFF${LIST}`, { encoding: 'UTF-8', delimiter: ',' }],
  ['CR LF', LIST.replaceAll('\n', '\r\n'), { encoding: 'UTF-8', delimiter: ',' }],
  ['CR', LIST.replaceAll('\n', '\r'), { encoding: 'UTF-8', delimiter: ',' }],
  ['empty rows at the end', `${LIST},,\n,,\n\n`, { encoding: 'UTF-8', delimiter: ',' }],
  ['Windows-1252', Buffer.from(LIST, 'latin1'), { encoding: 'Windows-1252', delimiter: ',' }],
  ['UTF-16 little-endian', Buffer.from(`\uFEFF${LIST}`, 'utf16le'), { encoding: 'UTF-16', delimiter: ',' }],
  ['UTF-16 without a mark', Buffer.from(LIST, 'utf16le'), { encoding: 'UTF-16', delimiter: ',' }],
  [
    'UTF-16 big-endian',
    Buffer.from(`\uFEFF${LIST}`, 'utf16le').swap16(),
    { encoding: 'UTF-16', delimiter: ',' },
  ],
  [
    'UTF-16 with tabs, as a spreadsheet writes it',
    Buffer.from(`\uFEFF${LIST.replaceAll(',', '\t').replaceAll('\n', '\r\n')}`, 'utf16le'),
    { encoding: 'UTF-16', delimiter: '\t' },
  ],
])('a file with %s is read', async (_, file, found) => {
  const { db, pool } = await createTestDatabase();
  expect(await take(pool, file)).toMatchObject({ ...found, added: 1, refused: [] });
  expect(await db.selectFrom('subscribers').select(['email', 'consent_source']).execute()).toEqual([
    { email: 'ann@example.net', consent_source: 'fête à Rome' },
  ]);
});

test('line breaks inside quotes do not end rows, and an open quotation mark spoils only its own line', async () => {
  const { db, pool } = await createTestDatabase();
  const report = await take(
    pool,
    'email,note,confirmed_at\nann@example.net,"two\nlines, and ""more""",2026-11-17\nbo@example.net,"open,2026-11-17\ncy@example.net,5" disk,2026-11-17\ndi@example.net,,2026-11-17\n',
  );
  expect(report.refused.map(({ line }) => line)).toEqual([4, 5]);
  expect(report.ignored).toEqual(['note']);
  expect((await listReaders(db)).map((reader) => reader.split(' ')[0])).toEqual([
    'ann@example.net',
    'di@example.net',
  ]);
});

test('any other list is read with --map; a list of readers who left needs only --status, and stops them here', async () => {
  const { db, pool } = await createTestDatabase();
  const facts = { ...FACTS, map: { email: 'Mail', confirmed_at: 'Joined' } };
  await take(pool, 'Name,Mail,Joined\nAnn,ann@example.net,2026-11-17\nBo,bo@example.net,2026-11-17\n', facts);
  expect(await listReaders(db)).toHaveLength(2);
  const left = await take(pool, 'email\nANN@example.net\nnew@example.net\n', { status: 'unsubscribed' });
  expect(left).toMatchObject({ stopped: 1, by_meaning: { unsubscribed: 1 }, refused: [] });
  expect(await listReaders(db)).toEqual([
    'ann@example.net unsubscribed 2026-11-20T12:00:00.000Z',
    'bo@example.net active 2026-11-17T00:00:00.000Z',
    'new@example.net unsubscribed 2026-11-20T12:00:00.000Z',
  ]);
  await expect(take(pool, 'a,b\n', { ...FACTS, map: { email: 'Mail', name: 'b' } })).rejects.toMatchObject({
    problems: ['the file has no column Mail', expect.stringContaining('name is not one of')],
  });
});

test.each([
  [
    'Mailchimp',
    'Email Address,OPTIN_TIME,CONFIRM_TIME,UNSUB_TIME,LEID,EUID\nann@example.net,2024-01-02,2024-01-02,2025-01-01,1,a1\n',
    'unsubscribed',
  ],
  [
    'Substack',
    'user_email_address,subscription_type,subscription_created_at,unsubscribed_at\nann@example.net,free,2024-01-02,2025-01-01\n',
    'unsubscribed',
  ],
  [
    'a list with a status',
    'email,status,confirmed_at,left_at\nann@example.net,complained,2024-01-02,2025-01-01\n',
    'complained',
  ],
  [
    'a list with a time',
    'email,confirmed_at,left_at\nann@example.net,2024-01-02,2025-01-01\n',
    'unsubscribed',
  ],
])(
  'a reader who left according to their own row of %s has left, whatever is said about every row',
  async (_, file, meaning) => {
    for (const status of [undefined, 'active', 'pending'] as const) {
      const { pool } = await createTestDatabase();
      expect(await take(pool, file, { ...FACTS, status })).toMatchObject({ by_meaning: { [meaning]: 1 } });
    }
  },
);

test('a zone’s name without an offset is refused, because it is ambiguous', async () => {
  const { db, pool } = await createTestDatabase();
  const file = (time: string) => `email,confirmed_at\nann@example.net,${time}\n`;
  for (const time of ['2026-03-10 02:30:00 EST', '2026-03-10 02:30 PDT', '2026-03-10 02:30:00 XYZ']) {
    expect((await take(pool, file(time))).refused).toEqual([
      { line: 2, problem: expect.stringContaining('confirmed_at is not a date') },
    ]);
  }
  expect(await take(pool, file('2026-03-10 02:30:00 -0500 EST'))).toMatchObject({ added: 1 });
  expect(await listReaders(db)).toEqual(['ann@example.net active 2026-03-10T07:30:00.000Z']);
});

test('an address that a reader has changed is not brought back by an older list; a newer consent counts', async () => {
  const { db, pool } = await createTestDatabase();
  await take(pool, 'email,confirmed_at\nann@example.net,2024-01-02\n');
  await db.transaction().execute(async (tx) => {
    await tx
      .insertInto('address_changes')
      .values({
        subscriber_id: 1,
        email: '',
        requested_at: new Date('2025-05-01'),
        confirmed_at: new Date('2025-05-01'),
        replaced_hash: await hashAddress(tx, 'ann@example.net'),
      })
      .execute();
    await tx.updateTable('subscribers').set({ email: 'ann@new.example.net' }).execute();
  });
  const old = 'email,confirmed_at\nann@example.net,2024-01-02\n';
  expect((await take(pool, old)).refused).toEqual([
    { line: 2, problem: expect.stringContaining('has an address that its reader has since replaced') },
  ]);
  const staff = { email: 'ann@example.net', consent_source: 'a fair', confirmed_at: new Date('2024-01-02') };
  await expect(addSubscriber(db, staff, now)).rejects.toThrow('has changed this address for another one');
  expect(await take(pool, 'email,confirmed_at\nann@example.net,2026-01-02\n')).toMatchObject({ added: 1 });
  // Erased, neither comes back.
  await db.deleteFrom('subscribers').where('email', '=', 'ann@example.net').execute();
  const { id } = await getByAddress(db, 'ann@new.example.net');
  await db.transaction().execute((tx) => eraseSubscriber(tx, id, now));
  expect((await take(pool, 'email,confirmed_at\nann@example.net,2026-01-02\n')).refused).toEqual([
    { line: 2, problem: 'has an address on the suppression list' },
  ]);
});

test('our export says when a reader who came back and was suppressed later was suppressed', async () => {
  const { db, pool } = await createTestDatabase();
  await take(pool, 'email,confirmed_at\nrita@example.net,2026-03-01\n');
  await db
    .updateTable('subscribers')
    .set({
      status: 'suppressed',
      unsubscribed_at: new Date('2026-01-01'),
      suppressed_at: new Date('2026-06-01'),
      suppressed_reason: 'bounced',
    })
    .execute();
  const file = await Array.fromAsync(exportSubscribers(pool));
  const other = await createTestDatabase();
  await take(other.pool, 'email,confirmed_at\nrita@example.net,2026-03-01\n');
  expect(await take(other.pool, Buffer.concat(file.map((part) => Buffer.from(part))))).toMatchObject({
    stopped: 1,
  });
});

test('a status in another language is replaced by what is said about every row', async () => {
  const { pool } = await createTestDatabase();
  const file = 'email,status,confirmed_at\nann@example.net,abonniert,2024-01-02\n';
  expect(await take(pool, file, { ...FACTS, status: 'active' })).toMatchObject({ by_meaning: { active: 1 } });
});

test('a reader who came back here after leaving elsewhere stays, unless they complained', async () => {
  const { db, pool } = await createTestDatabase();
  await take(pool, 'email,confirmed_at\nann@example.net,2026-06-01\n');
  const left = (status: FileFacts['status']) =>
    take(pool, 'email,left_at\nann@example.net,2025-06-01\n', { status });
  expect(await left('unsubscribed')).toMatchObject({ stopped: 0, unchanged: 1 });
  expect(await left('complained')).toMatchObject({ stopped: 1 });
  expect(await listReaders(db)).toEqual(['ann@example.net complained 2025-06-01T00:00:00.000Z']);
});

test('of two lines about one person, the stricter one counts', async () => {
  const { db, pool } = await createTestDatabase();
  const report = await take(
    pool,
    'email,status,confirmed_at\nann@example.net,active,2026-11-17\nANN@example.net,unsubscribed,2026-11-17\n',
  );
  expect(report.refused).toEqual([{ line: 2, problem: 'repeats the address of another line' }]);
  expect(await listReaders(db)).toEqual(['ANN@example.net unsubscribed 2026-11-20T12:00:00.000Z']);
});

test('consent has to be given in a column or once for the whole file; an unknown status is no consent', async () => {
  const { db, pool } = await createTestDatabase();
  const file = 'email,status\nann@example.net,subscribed\nbo@example.net,fancy\n';
  expect(await take(pool, file)).toMatchObject({
    refused: [{ line: 2, problem: expect.stringContaining('confirmed_at is missing') }],
    by_meaning: { unsubscribed: 1 },
  });
  const facts = { ...FACTS, confirmed_at: '2026-11-17' };
  expect(await take(pool, file, facts)).toMatchObject({ added: 1 });
  expect((await listReaders(db)).toSorted()).toEqual([
    'ann@example.net active 2026-11-17T00:00:00.000Z',
    'bo@example.net unsubscribed 2026-11-20T12:00:00.000Z',
  ]);
  const none = await take(pool, 'email,confirmed_at\ndi@example.net,2026-11-17\n', {});
  expect(none.refused).toEqual([{ line: 2, problem: expect.stringContaining('consent_source is missing') }]);
});

test('nobody whom a list calls pending is mailed, now or by the reminder', async () => {
  const { db, pool } = await createTestDatabase();
  await take(pool, 'email,status\nann@example.net,pending\n');
  expect(await db.selectFrom('subscribers').select(['status', 'reminded_at']).execute()).toEqual([
    { status: 'pending', reminded_at: now },
  ]);
});

test('an empty status is no permission, and a column that may say who left cannot be ignored', async () => {
  const { pool } = await createTestDatabase();
  const facts = { ...FACTS, confirmed_at: '2026-11-17' };
  const report = await take(pool, 'email,status\nann@example.net,\nbo@example.net,active\n', facts);
  expect(report.by_meaning).toEqual({ active: 1, pending: 1 });
  const mapped = { ...FACTS, map: { email: 'Mail', confirmed_at: 'Joined' } };
  const file = 'Mail,Joined,State\ncy@example.net,2026-11-17,unsubscribed\n';
  await expect(take(pool, file, mapped)).rejects.toMatchObject({
    problems: [expect.stringContaining('add status=state')],
  });
  expect(await take(pool, file, { ...mapped, map: { ...mapped.map, status: 'State' } })).toMatchObject({
    by_meaning: { unsubscribed: 1 },
  });
});

test.each(['unsubscribed_at', 'unsubscribed', 'subscribed', 'State'])(
  'a plain list with a column %s is not read unless somebody says who left',
  async (column) => {
    const { db, pool } = await createTestDatabase();
    const file = `email,${column}\nann@example.net,2025-01-01\n`;
    const facts = { ...FACTS, confirmed_at: '2024-01-01' };
    await expect(take(pool, file, facts)).rejects.toMatchObject({
      problems: [expect.stringContaining(`it has a column ${column.toLowerCase()}`)],
    });
    await take(pool, file, { ...facts, status: 'unsubscribed' });
    expect(await listReaders(db)).toEqual([expect.stringMatching(/^ann@example.net unsubscribed/)]);
  },
);

test('a line of JSON Lines that says more than the first is refused, not read in part', async () => {
  const { db, pool } = await createTestDatabase();
  const { refused } = await take(
    pool,
    `{"email":"ann@example.net","confirmed_at":"2024-01-01"}
{"email":"bo@example.net","confirmed_at":"2024-01-01","status":"unsubscribed"}
{"email":"cy@example.net"}
`,
    { ...FACTS, confirmed_at: '2024-02-02' },
  );
  expect(refused).toMatchObject([{ line: 2, problem: expect.stringContaining('has "status"') }]);
  expect(await listReaders(db)).toEqual([
    'ann@example.net active 2024-01-01T00:00:00.000Z',
    'cy@example.net active 2024-02-02T00:00:00.000Z',
  ]);
});

test.each([
  ['bounced,/,2026-01-01,,,,', 'status'],
  ['suppressed,/,2026-01-01,,,,', 'suppressed_at'],
  ['unsubscribed,/,2026-01-01,,,,', 'unsubscribed_at'],
  ['pending,/,,,,,', 'requested_at'],
  ['pending,/,2026-01-01,,,daily,', 'frequency'],
  ['pending,/,2026-01-01,,,,{}', 'past_consents'],
  ['pending,/,2026-01-01,,,,"[1,""a""]"', 'past_consents'],
  ['pending,/,2026-01-01,,,,"[{""consent"":null,""ended_at"":""2026-01-01""}]"', 'past_consents'],
])(
  'a line of our export that was edited to %s is refused for its %s; the others are imported',
  async (line, column) => {
    const { db, pool } = await createTestDatabase();
    const file = `email,status,consent_source,requested_at,unsubscribed_at,suppressed_at,frequency,past_consents
ann@example.net,${line}
bo@example.net,pending,/,2026-01-01,,,,
`;
    const { refused } = await take(pool, file);
    expect(refused).toMatchObject([{ line: 2, problem: `${column} is not what our export writes` }]);
    expect(await listReaders(db)).toEqual([expect.stringMatching(/^bo@example.net pending/)]);
  },
);

async function createActive() {
  const database = await createTestDatabase();
  await database.db
    .insertInto('subscribers')
    .values({
      email: 'ann@example.net',
      consent_source: '/',
      requested_at: new Date('2026-01-01'),
      status: 'active',
      confirmed_at: new Date('2026-01-02'),
    })
    .execute();
  return database;
}

test('a status given for the whole file applies to every row of our own export', async () => {
  const { db, pool } = await createActive();
  const file = await readAll(exportSubscribers(pool));
  await db.deleteFrom('subscribers').execute();
  expect(await take(pool, file, { status: 'unsubscribed' })).toMatchObject({
    by_meaning: { unsubscribed: 1 },
  });
  expect(await listReaders(db)).toEqual([expect.stringContaining('ann@example.net unsubscribed')]);
  await db.deleteFrom('subscribers').execute();
  await take(pool, file, { status: 'pending' });
  expect(await listReaders(db)).toEqual([expect.stringContaining('ann@example.net pending')]);
});

test('everything else in a row of our export is kept, whatever status is given for the whole file', async () => {
  const { db, pool } = await createTestDatabase();
  const requested_at = new Date('2026-01-01');
  const given = { consent_source: '/', requested_at, confirmed_at: requested_at };
  await db
    .insertInto('subscribers')
    .values([
      { ...given, email: 'monthly@example.net', status: 'active', frequency: 'monthly' },
      {
        ...given,
        email: 'spam@example.net',
        status: 'suppressed',
        suppressed_at: requested_at,
        suppressed_reason: 'complained',
      },
      { ...given, email: 'pending@example.net', status: 'pending', confirmed_at: null },
    ])
    .execute();
  const file = await readAll(exportSubscribers(pool));
  await db.deleteFrom('subscribers').execute();
  await take(pool, file, { status: 'active', confirmed_at: '2026-02-02', consent_source: 'a fair' });
  const rows = await db
    .selectFrom('subscribers')
    .select(['email', 'status', 'frequency', 'suppressed_reason'])
    .orderBy('email')
    .execute();
  expect(rows).toEqual([
    { email: 'monthly@example.net', status: 'active', frequency: 'monthly', suppressed_reason: null },
    { email: 'pending@example.net', status: 'active', frequency: 'weekly', suppressed_reason: null },
    { email: 'spam@example.net', status: 'suppressed', frequency: 'weekly', suppressed_reason: 'complained' },
  ]);
});

test('a reader who is in our export twice has their past consents once', async () => {
  const { db, pool } = await createActive();
  await sql`insert into past_consents (subscriber_id, consent, ended_at)
    select id, '{"consent_source": "fair"}', '2025-01-01' from subscribers`.execute(db);
  const exported = await readAll(exportSubscribers(pool));
  const [header = '', row = ''] = exported.trim().split(/\r?\n/);
  await db.deleteFrom('subscribers').execute();
  await take(pool, `${header}\n${row}\n${row}\n`);
  expect(await db.selectFrom('past_consents').select('consent').execute()).toHaveLength(1);
});

test('an older export of ours stops nobody who has come back since', async () => {
  const { db, pool } = await createTestDatabase();
  const left = {
    email: 'ann@example.net',
    consent_source: '/',
    requested_at: new Date('2026-01-01T00:00:00Z'),
  };
  await db
    .insertInto('subscribers')
    .values({
      ...left,
      status: 'unsubscribed',
      confirmed_at: left.requested_at,
      unsubscribed_at: new Date('2026-02-01T00:00:00Z'),
    })
    .execute();
  const old = await readAll(exportSubscribers(pool));
  await db
    .updateTable('subscribers')
    .set({ status: 'active', confirmed_at: new Date('2026-06-01T00:00:00Z'), unsubscribed_at: null })
    .execute();
  expect(await take(pool, old)).toMatchObject({ stopped: 0, unchanged: 1 });
  expect(await listReaders(db)).toEqual(['ann@example.net active 2026-06-01T00:00:00.000Z']);
});

test('somebody who never opted in at Mailchimp stays pending, whatever is said about the whole file', async () => {
  const { pool } = await createTestDatabase();
  const file =
    'Email Address,OPTIN_TIME,CONFIRM_TIME,LEID,EUID,LAST_CHANGED\nann@example.net,,,1,a1,2024-01-02 03:04:05\n';
  expect(await take(pool, file, { ...FACTS, confirmed_at: '2024-01-02' })).toMatchObject({
    by_meaning: { pending: 1 },
    refused: [],
  });
});

test('a reader who was imported as pending or unsubscribed can sign up at once', async () => {
  const { db, pool } = await createTestDatabase();
  await take(pool, 'email,status\nann@example.net,pending\nbo@example.net,unsubscribed\n');
  expect(await db.selectFrom('subscribers').select('asked_times').execute()).toEqual([
    { asked_times: 0 },
    { asked_times: 0 },
  ]);
});

test('a file that is not text is refused', async () => {
  const { pool } = await createTestDatabase();
  await expect(take(pool, 'email,no\0te\nann@example.net,x\n')).rejects.toMatchObject({
    message: expect.stringContaining('The file is not text'),
  });
});

async function readAll(pieces: AsyncGenerator<Buffer>): Promise<string> {
  let text = '';
  for await (const piece of pieces) {
    text += piece.toString();
  }
  return text;
}

/** Readers with everything that a reader can have. */
async function seedWhole(db: Db): Promise<void> {
  const at = (day: number) => new Date(Date.UTC(2026, 9, day, 9, 30, 15, 123));
  const base = { consent_source: '/', requested_at: at(1) };
  await db
    .insertInto('subscribers')
    .values([
      {
        ...base,
        email: '+plus@example.net',
        status: 'active',
        consent_form: 'site',
        consent_wording: '2026-11',
        confirmation_sent_at: at(1),
        confirmed_at: at(2),
        confirmed_by: 'tap',
        engaged_at: at(3),
        still_asked_at: at(4),
        paused_until: at(20),
        frequency: 'monthly',
        always_lead: false,
        morning_zone: 'Asia/Kathmandu',
        digest_month: '2026-10',
        categories: ['Writing', "'=Odd", 'Ünïcödé'],
      },
      {
        ...base,
        email: "'+quoted@example.net",
        consent_source: '=1+1, "x"\nand more',
        status: 'pending',
        reminded_at: at(5),
      },
      {
        ...base,
        email: 'Left@example.net',
        status: 'unsubscribed',
        confirmed_at: at(2),
        unsubscribed_at: at(6),
      },
      {
        ...base,
        email: 'gone@example.net',
        status: 'suppressed',
        suppressed_at: at(7),
        suppressed_reason: 'bounced',
      },
      {
        ...base,
        email: 'both@example.net',
        status: 'unsubscribed',
        unsubscribed_at: at(6),
        suppressed_at: at(8),
        suppressed_reason: 'complained',
      },
      {
        ...base,
        email: 'idle@example.net',
        status: 'suppressed',
        suppressed_at: at(8),
        suppressed_reason: 'inactive',
        confirmed_at: at(2),
      },
    ])
    .execute();
  // As SQL may have stored it.
  await sql`update subscribers set confirmed_at = confirmed_at + interval '456 microseconds'`.execute(db);
  for (const ended of [3, 5]) {
    await db
      .insertInto('past_consents')
      .values({
        subscriber_id: 3,
        consent: JSON.stringify({
          consent_source: `page ${ended}, "so"`,
          confirmed_at: at(ended - 1).toISOString(),
        }),
        ended_at: at(ended),
      })
      .execute();
  }
}

test.each([
  ['CSV', exportSubscribers],
  ['JSON Lines', exportSubscribersAsJsonLines],
])('everything is exported as %s and imported: a second export has the same bytes', async (_, write) => {
  const one = await createTestDatabase();
  await seedWhole(one.db);
  const exported = await readAll(write(one.pool));
  const other = await createTestDatabase();
  const report = await take(other.pool, exported, {});
  expect(report).toMatchObject({ format: 'our export', refused: [] });
  expect(await readAll(write(other.pool))).toBe(exported);
  expect(await take(other.pool, exported, {})).toMatchObject({
    added: 0,
    stopped: 0,
    by_meaning: {},
    refused: [],
  });
  expect(exported.includes("'+plus@example.net")).toBe(write === exportSubscribers);
});

test('an import of our own export says for which reason readers are kept as suppressed', async () => {
  const one = await createTestDatabase();
  await sql`
    insert into subscribers (email, status, consent_source, requested_at, suppressed_at, suppressed_reason)
    select replace(reason, ' ', '.') || '@example.net', 'suppressed', '/', '2026-01-02', '2026-01-03', reason
    from unnest(array['bounced', 'complained', 'inactive', 'by staff']) reason`.execute(one.db);
  const other = await createTestDatabase();
  const report = await take(other.pool, await readAll(exportSubscribers(one.pool)), {});
  expect(report.by_meaning).toEqual({
    bounced: 1,
    complained: 1,
    'suppressed (inactive)': 1,
    'suppressed (by staff)': 1,
  });
});

test('a JSON array is refused with advice on what to do', async () => {
  const { pool } = await createTestDatabase();
  await expect(take(pool, '[{"email":"ann@example.net"}]\n', {})).rejects.toThrow(
    /subscribers export --jsonl/,
  );
});

test('an import that fails leaves no file of refused lines', async () => {
  const { url } = await createTestDatabase();
  const folder = mkdtempSync(path.join(tmpdir(), 'weekly-verdicts-import-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'list.csv');
  writeFileSync(file, 'name,age\nAnn,3\n');
  expect((await runCommand(['subscribers', 'import', file], { DATABASE_URL: url })).code).toBe(1);
  expect(readdirSync(folder)).toEqual(['list.csv']);
});

test(
  'the command line writes refused lines to a second file, which only its owner can read',
  { timeout: 30_000 },
  async () => {
    const { url } = await createTestDatabase();
    const folder = mkdtempSync(path.join(tmpdir(), 'weekly-verdicts-import-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'list.csv');
    writeFileSync(
      file,
      'Mail;Joined\nann@example.net;2026-11-17\n=bad;2026-11-17\n-bo@example.net;in May\n"open;x\n',
    );
    const run = (...args: string[]) =>
      runCommand(['subscribers', 'import', file, ...args], { DATABASE_URL: url });
    const facts = ['--map', 'email=Mail,confirmed_at=Joined', '--consent-source', 'fair'];
    const dry = await run(...facts, '--dry-run');
    expect(dry.stdout).toContain('1 added, 0 unchanged, 3 refused; nothing was written');
    const done = await run(...facts);
    expect(done.code).toBe(1);
    expect(done.stdout).toContain(
      'Read as a list with the columns given: UTF-8, with a semicolon between fields',
    );
    const refused = path.join(folder, 'list.refused.csv');
    expect(readFileSync(refused, 'utf8').split('\r\n')).toEqual([
      'line,reason,Mail,Joined',
      expect.stringMatching(/^3,"?email is not an address.*,'=bad,2026-11-17$/),
      expect.stringMatching(/^4,confirmed_at is not a date.*,'-bo@example.net,in May$/),
      expect.stringMatching(/^5,"has unbalanced quotation marks.*","""open;x"$/),
      '',
    ]);
    expect(statSync(refused).mode & 0o777).toBe(0o600);
    // Corrected, it is imported as it was meant.
    const corrected = path.join(folder, 'corrected.csv');
    writeFileSync(corrected, readFileSync(refused, 'utf8').replace('in May', '2026-05-01'));
    await runCommand(['subscribers', 'import', corrected, ...facts], { DATABASE_URL: url });
    const listed = await runCommand(['subscribers', 'export', '--jsonl'], { DATABASE_URL: url });
    expect(listed.stdout).toContain('"email":"-bo@example.net"');
    const before = readFileSync(file, 'utf8');
    expect((await run(...facts, '--refused', file)).stderr).toContain(
      '--refused names the file that is imported',
    );
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect((await run(...facts, '--refused', path.join(folder, 'no/such/folder.csv'))).stderr).toContain(
      'cannot be written (ENOENT)',
    );
    expect((await run(...facts, '--status', 'fancy')).stderr).toContain('--status must be one of active');
    expect((await run('--map', 'email')).stderr).toContain('--map must be a list like');
  },
);
