import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { findSchemaProblem } from '../../src/migration/check-schema.ts';
import { runCommand } from '../support/run-command.ts';
import { createTestApp } from '../support/test-app.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { query } from './restore-state.ts';

/** Manual changes in psql, and how each is reported. */
const CHANGES = [
  ['drop index batches_open', 'index batches.batches_open is missing: CREATE INDEX batches_open'],
  ['alter table issues drop send_at', 'column issues.send_at is missing: timestamp with time zone'],
  ['alter table issues add note text', 'column issues.note is unexpected: text'],
  ['alter table issues alter week drop not null', 'column issues.week is text, but should be text not null'],
  [
    'alter table votes drop constraint votes_pkey',
    'constraint votes.votes_pkey is missing: PRIMARY KEY (issue_id, voter_key, tool_slug)',
  ],
  [
    `alter table tools drop constraint tools_entry_price_check, add constraint tools_entry_price_check check (entry_price <> '')`,
    'constraint tools.tools_entry_price_check is CHECK',
  ],
  ['create unique index mine on votes (issue_id)', 'index votes.mine is unexpected: CREATE UNIQUE INDEX'],
  ['drop table tallies', 'table tallies is missing'],
  [
    'create or replace function lock_voters(issue_ids integer[], subscriber_ids bigint[], voter_keys bytea[], versions bigint[]) returns boolean language sql as $$ select true $$',
    'function lock_voters(issue_ids integer[], subscriber_ids bigint[], voter_keys bytea[], versions bigint[]) is CREATE',
  ],
  [
    `update pgboss.queue set retry_limit = 2 where name = 'send-batch'`,
    'queue send-batch is exclusive, heartbeat 10 s, at most 7200 s, 2 retries',
  ],
  [
    `update migration_hashes set hash = 'abcdefghijklmnop' where name = '20261126T100000-ledger'`,
    '20261126T100000-ledger was applied with the hash abcdefghijkl…',
  ],
  [
    `delete from kysely_migration where name = '20261127T210000-promises'`,
    '20261127T210000-promises is pending',
  ],
] as const;

test('a manual schema change is reported with the object and what to do', async () => {
  const { db } = await createTestDatabase();
  expect(await findSchemaProblem(db)).toBeUndefined();
  for (const [change, words] of CHANGES) {
    const trx = await db.startTransaction().execute();
    await sql.raw(change).execute(trx);
    const problem = await findSchemaProblem(trx);
    await trx.rollback().execute();
    expect(problem?.objects[0], change).toContain(words);
    expect(problem?.message, change).toMatch(/run `verdicts migrate`|restore a backup|Start the version/);
  }
});

test('harmless additions are accepted: plain indexes, other tables and functions', async () => {
  const { db, url } = await createTestDatabase();
  await query(url, 'create index mine on votes (changed_at)');
  await query(url, 'create table reports (week text unique)');
  await query(url, 'create function double(n integer) returns integer language sql as $$ select 2 * n $$');
  expect(await findSchemaProblem(db)).toBeUndefined();
});

test(
  'start, migrate, doctor and /readyz refuse a changed database and name the object',
  { timeout: 60_000 },
  async () => {
    const app = await createTestApp();
    const url = app.databaseUrl;
    expect(await app.request('/readyz')).toMatchObject({ status: 200 });
    await query(url, 'drop index batches_open');
    const ready = await app.request('/readyz');
    expect([ready.status, await ready.text()]).toEqual([
      503,
      expect.stringContaining('batches.batches_open'),
    ]);
    for (const args of [['start', '--only', 'worker'], ['migrate'], ['doctor'], ['issue', 'list']]) {
      const { code, stdout, stderr } = await runCommand(args, { DATABASE_URL: url });
      expect([code, stdout + stderr], args.join(' ')).toEqual([
        1,
        expect.stringContaining('index batches.batches_open is missing: CREATE INDEX batches_open'),
      ]);
      expect(stdout + stderr).not.toContain('    at ');
    }
  },
);

test('a database of a newer version is accepted as long as it has what this version needs', async () => {
  const app = await createTestApp();
  const url = app.databaseUrl;
  await query(
    url,
    `insert into kysely_migration values ('20991231T000000-later', '2099-12-31T00:00:00.000Z')`,
  );
  await query(url, 'alter table issues add mood text');
  await query(url, 'alter table batches set (fillfactor = 50)');
  await query(url, 'alter table past_deliveries drop constraint past_deliveries_pkey');
  await query(url, 'drop index deliveries_batch');
  await query(
    url,
    'create or replace function skip_stored_event() returns trigger language plpgsql as $$ begin return new; end $$',
  );
  expect(await app.request('/readyz')).toMatchObject({ status: 200 });
  expect(await runCommand(['migrate'], { DATABASE_URL: url })).toMatchObject({
    code: 0,
    stdout: 'Nothing to do.\n',
  });
  await query(url, 'alter table issues drop send_at');
  expect(await app.request('/readyz')).toMatchObject({ status: 503 });
});
