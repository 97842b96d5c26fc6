import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { updateDatabase } from '../../src/migration/update-database.ts';
import { openLog } from '../../src/log.ts';
import { runCommand } from '../support/run-command.ts';
import { openOutboxDatabase, openTestApp } from '../support/test-app.ts';
import { seedReaders } from '../support/seed.ts';
import { createEmptyDatabase, createTestDatabase } from '../support/test-database.ts';
import { hasPgBouncer, startPgBouncer } from './pgbouncer.ts';
import { expectFullWeek } from './full-week.ts';

const SMALL = {
  DATABASE_POOL: '3',
  DATABASE_POOL_VOTES: '1',
  DATABASE_POOL_QUEUE: '1',
  SIGN_UPS_PER_SOURCE: '100',
};

test.skipIf(!hasPgBouncer)('a week works behind PgBouncer in session mode', { timeout: 90_000 }, async () => {
  const direct = await createEmptyDatabase();
  const { url } = await startPgBouncer(direct, 'session', 60);
  expect(await runCommand(['migrate'], { DATABASE_URL: url })).toMatchObject({ code: 0 });
  expect(await runCommand(['doctor'], { DATABASE_URL: url })).toMatchObject({ code: 0 });
  await expectFullWeek(url);
});

test.skipIf(!hasPgBouncer)(
  'a week works behind PgBouncer in transaction mode with a pool of five',
  { timeout: 90_000 },
  async () => {
    const direct = await createEmptyDatabase();
    const { url, runAdminCommand } = await startPgBouncer(direct, 'transaction', 5);
    expect(await runCommand(['migrate'], { DATABASE_URL: url })).toMatchObject({ code: 0 });
    await runAdminCommand('reconnect');
    expect(await runCommand(['doctor'], { DATABASE_URL: url })).toMatchObject({ code: 0 });
    await expectFullWeek(url);
  },
);

test.skipIf(!hasPgBouncer)(
  'in transaction mode, server connections from before the migration are refused with an explanation',
  { timeout: 60_000 },
  async () => {
    const direct = await createEmptyDatabase();
    const { url } = await startPgBouncer(direct, 'transaction', 1);
    expect(await runCommand(['migrate'], { DATABASE_URL: url })).toMatchObject({ code: 0 });
    const { code, stderr } = await runCommand(['issue', 'list'], { DATABASE_URL: url });
    expect([code, stderr]).toEqual([1, expect.stringContaining('RECONNECT in the console of PgBouncer')]);
  },
);

test.skipIf(!hasPgBouncer)(
  'in transaction mode, a command stores the settings that its role lacks, as after a restore: one RECONNECT suffices',
  { timeout: 60_000 },
  async () => {
    const direct = await createEmptyDatabase();
    const { url, runAdminCommand } = await startPgBouncer(direct, 'transaction', 1);
    expect(await runCommand(['migrate'], { DATABASE_URL: url })).toMatchObject({ code: 0 });
    await forgetSettings(direct);
    await runAdminCommand('reconnect');
    const list = () => runCommand(['issue', 'list'], { DATABASE_URL: url });
    expect(await list()).toMatchObject({ code: 1, stderr: expect.stringContaining('RECONNECT') });
    await runAdminCommand('reconnect');
    expect(await list()).toMatchObject({ code: 0 });
  },
);

/** As in a database that was restored. */
async function forgetSettings(url: string): Promise<void> {
  const db = openOutboxDatabase(url);
  const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(db);
  await sql`alter role current_user in database ${sql.id(rows[0]?.name ?? '')} reset all`.execute(db);
}

test.skipIf(!hasPgBouncer)(
  'an export works with one connection if PgBouncer has no second one',
  { timeout: 60_000 },
  async () => {
    const { db, url: direct } = await createTestDatabase();
    await seedReaders(db, 12_000);
    const { url } = await startPgBouncer(direct, 'session', 1);
    const exported = await runCommand(['subscribers', 'export'], { DATABASE_URL: url });
    expect(exported).toMatchObject({ code: 0, stderr: '' });
    expect(exported.stdout.match(/\r\n/g)).toHaveLength(12_001);
  },
);

test.skipIf(!hasPgBouncer).each(['session', 'transaction'] as const)(
  'a pool of five serves 50 sign-ups at once (%s)',
  { timeout: 60_000 },
  async (mode) => {
    const direct = await createEmptyDatabase();
    await updateDatabase(direct, openLog('silent'));
    const { url, runAdminCommand } = await startPgBouncer(direct, mode, 5);
    if (mode === 'transaction') {
      await updateDatabase(url, openLog('silent'));
      await runAdminCommand('reconnect');
    }
    const app = await openTestApp(url, SMALL, undefined, openOutboxDatabase(direct));
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => app.subscribe(`delivered+${index}@resend.dev`)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await app.drain();
    expect(await app.context.db.selectFrom('outbox.mails').select('id').execute()).toHaveLength(50);
  },
);
