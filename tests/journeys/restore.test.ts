import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Db, openDatabase, openPool } from '../../src/database/connect.ts';
import { readConfig } from '../../src/config/config.ts';
import { openContext } from '../../src/context.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { weekOf } from '../../src/week.ts';
import { seedThisWeek } from '../support/seed.ts';
import { shortenMails } from '../support/shorten-mails.ts';
import { updateDatabase } from '../../src/migration/update-database.ts';
import { openLog } from '../../src/log.ts';
import { advanceIdsIfMoved } from '../../src/migration/advance-ids.ts';
import {
  detectMove,
  markAsMoved,
  recordFirstIdentity,
  recordIdentity,
} from '../../src/installation/identity.ts';
import { runCommand } from '../support/run-command.ts';
import { spawnVerdicts } from '../support/run-verdicts.ts';
import {
  type DebianPostgres,
  hasDebianPostgres,
  runTool,
  startDebianPostgres,
} from '../support/debian-postgres.ts';
import { administer, createTestDatabase } from '../support/test-database.ts';
import { findIssueStatus, serveFakeResend, settingsOf, type FakeResend } from '../support/workers.ts';

const READERS = 450;
const STAFF = 'staff@mail.example.net';

interface Drill {
  fakeResend: FakeResend;
  outboxDb: Db;
  url: string;
  settings: Record<string, string>;
}

/** A database with an approved issue, and a fake Resend outside it. */
async function prepareDrill(on: DebianPostgres): Promise<Drill> {
  const { db: outboxDb } = await createTestDatabase();
  const fakeResend = await serveFakeResend(outboxDb);
  const url = await createOn(on, on === server ? 'template drill' : '');
  if (on !== server) {
    await makeDrill(url);
  }
  await recordIdentity(openAt(url), new Date());
  return { fakeResend, outboxDb, url, settings: settingsOf(url, fakeResend, 'before') };
}

async function makeDrill(url: string): Promise<void> {
  await updateDatabase(url, openLog('silent'));
  const db = openDatabase(openPool(url, 2));
  const context = await openContext(readConfig({ LOG_LEVEL: 'silent' }), url, undefined);
  await seedThisWeek(db, READERS);
  await shortenMails(db);
  const week = weekOf(new Date(), 'UTC');
  await draftIssue(context, week);
  await approveIssue(context, week, 'test', { despite: 'a drill' });
  await context.close();
  await db.destroy();
}

let server: DebianPostgres;

beforeAll(async () => {
  if (hasDebianPostgres) {
    server = await startDebianPostgres();
    await administer('create database drill', server.url);
    await makeDrill(server.url.replace(/postgres$/, 'drill'));
  }
});

afterAll(() => server?.close());

async function createOn({ url }: DebianPostgres, options = ''): Promise<string> {
  const name = `drill_${randomBytes(4).toString('hex')}`;
  await administer(`create database ${name} ${options}`, url);
  return url.replace(/postgres$/, name);
}

/** Dumps a database into a new one, as an operator would. */
async function dumpTo(url: string, server: DebianPostgres): Promise<string> {
  const target = await createOn(server);
  const dump = runTool('pg_dump', [url]);
  runTool('psql', ['--quiet', '--set=ON_ERROR_STOP=1', target], dump);
  return target;
}

const openAt = (url: string): Db => {
  const db = openDatabase(openPool(url, 2));
  onTestFinished(() => db.destroy());
  return db;
};

const mailsOf = async (outboxDb: Db) => {
  const mails = await outboxDb
    .selectFrom('outbox.mails')
    .select('to_addresses')
    .where(sql`to_addresses[1]`, '<>', STAFF)
    .execute();
  const readers = new Set(mails.map(({ to_addresses }) => to_addresses[0]));
  return { mails: mails.length, readers: readers.size };
};

async function forgetKeys(outboxDb: Db): Promise<void> {
  await outboxDb.deleteFrom('outbox.requests').execute();
}

/** Runs a worker for some seconds; returns its standard error. */
async function runWorker(settings: Record<string, string>, seconds: number) {
  const worker = spawnVerdicts(['start', '--only', 'worker'], settings);
  await expect.poll(worker.stdout, { timeout: 20_000 }).toContain('is running');
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  worker.process.kill('SIGTERM');
  await worker.ended;
  return worker.stderr();
}

async function runWorkerUntilSent(settings: Record<string, string>, db: Db) {
  const worker = spawnVerdicts(['start', '--only', 'worker'], settings);
  const status = () => db.selectFrom('issues').select('status').orderBy('id', 'desc').executeTakeFirst();
  await expect.poll(status, { timeout: 30_000 }).toEqual({ status: 'sent' });
  worker.process.kill('SIGTERM');
  await worker.ended;
}

test.skipIf(!hasDebianPostgres)(
  'after restoring a dump from before sending, nobody gets the issue twice, by the timetable or manually',
  { timeout: 120_000 },
  async () => {
    const { fakeResend, outboxDb, url, settings } = await prepareDrill(server);
    const restored = await dumpTo(url, server);
    expect(await runCommand(['issue', 'send', 'latest', '--wait'], settings)).toMatchObject({ code: 0 });
    expect(await mailsOf(outboxDb)).toEqual({ mails: READERS, readers: READERS });
    await forgetKeys(outboxDb);

    const after = { ...settingsOf(restored, fakeResend, 'after'), STAFF_EMAILS: STAFF };
    const db = openAt(restored);
    expect(await detectMove(db)).toMatchObject({ description: expect.stringContaining('another database') });
    await db
      .updateTable('issues')
      .set({ send_at: new Date(Date.now() - 60_000) })
      .execute();
    expect(await runWorker(after, 2)).toContain('verdicts restored');
    expect(await mailsOf(outboxDb)).toEqual({ mails: READERS, readers: READERS });
    const notices = outboxDb
      .selectFrom('outbox.mails')
      .select('subject')
      .where(sql`to_addresses[1]`, '=', STAFF);
    expect(await notices.execute()).toEqual([{ subject: expect.stringContaining('the database was moved') }]);
    expect(await runCommand(['issue', 'send', 'latest'], after)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('verdicts restored'),
    });
    expect(await runCommand(['doctor'], after)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('verdicts restored'),
    });

    const reconciled = await runCommand(['restored'], after);
    expect([reconciled.code, reconciled.stdout]).toEqual([
      0,
      expect.stringContaining(`${READERS} mails had gone out`),
    ]);
    expect(await detectMove(db)).toBeUndefined();
    await runWorker(after, 2);
    expect(await mailsOf(outboxDb)).toMatchObject({ readers: READERS });
    expect(await findIssueStatus(db)).toBe('sent');
  },
);

test.skipIf(!hasDebianPostgres)(
  'after restoring a dump from the middle of sending when Resend has forgotten the keys, the rest is sent once',
  { timeout: 120_000 },
  async () => {
    const { fakeResend, outboxDb, url, settings } = await prepareDrill(server);
    expect(await runCommand(['issue', 'send', 'latest'], settings)).toMatchObject({ code: 0 });
    let dump: Promise<string> | undefined;
    fakeResend.onAccepted = async () => {
      const { length } = fakeResend.calls;
      dump ??= length === 2 ? dumpTo(url, server) : undefined;
      // The calls are concurrent: the fourth may be accepted before the dump of the second is complete.
      await dump;
      if (length === 4) {
        worker.process.kill('SIGKILL');
      }
    };
    const worker = spawnVerdicts(['start', '--only', 'worker'], settings);
    expect(await worker.ended).toBe('SIGKILL');
    const restored = await dump!;
    await forgetKeys(outboxDb);

    const after = settingsOf(restored, fakeResend, 'after');
    expect(await runCommand(['restored'], after)).toMatchObject({ code: 0 });
    fakeResend.onAccepted = () => undefined;
    const db = openAt(restored);
    await runWorkerUntilSent(after, db);
    const { mails, readers } = await mailsOf(outboxDb);
    expect(mails).toBe(readers);
    const unknown = await db.selectFrom('deliveries').select('id').where('status', '=', 'unknown').execute();
    expect(readers).toBe(READERS - unknown.length);
    expect(unknown.length).toBeLessThanOrEqual(100);
  },
);

test.skipIf(!hasDebianPostgres)(
  'after restoring a dump from the start of sending while Resend remembers the keys, nobody is mailed twice',
  { timeout: 120_000 },
  async () => {
    const { fakeResend, outboxDb, url, settings } = await prepareDrill(server);
    expect(await runCommand(['issue', 'send', 'latest'], settings)).toMatchObject({ code: 0 });
    const restored = await dumpTo(url, server);
    expect(await runCommand(['issue', 'send', 'latest', '--wait'], settings)).toMatchObject({ code: 0 });
    // The operator accepts the database without reconciling with Resend: the same keys give the same mails.
    const db = openAt(restored);
    await recordIdentity(db, new Date());
    await runWorker(settingsOf(restored, fakeResend, 'after'), 2);
    expect(await mailsOf(outboxDb)).toEqual({ mails: READERS, readers: READERS });
  },
);

test.skipIf(!hasDebianPostgres)(
  'a staging copy never mails the original readers, whatever command is run',
  { timeout: 120_000 },
  async () => {
    const { fakeResend, outboxDb, url } = await prepareDrill(server);
    const copy = await dumpTo(url, server);
    const staging = settingsOf(copy, fakeResend, 'staging');
    const done = await runCommand(['restored', '--as-copy'], staging);
    expect([done.code, done.stdout]).toEqual([
      0,
      expect.stringContaining(`${READERS} readers are suppressed`),
    ]);
    const db = openAt(copy);
    await db.updateTable('tools').set({ revision: 9 }).execute();
    expect(await runCommand(['issue', 'send', 'latest'], staging)).toMatchObject({ code: 1 });
    await runWorker(staging, 2);
    expect(
      await runCommand(['subscribers', 'add', 'delivered+1@resend.dev', '--source', 'x'], staging),
    ).toMatchObject({ code: 1 });
    expect(await mailsOf(outboxDb)).toEqual({ mails: 0, readers: 0 });
    // The original database refuses it.
    expect(await runCommand(['restored', '--as-copy'], settingsOf(url, fakeResend, 'first'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Nothing was changed'),
    });
  },
);

test('rows restored in place are detected, because another transaction wrote them', async () => {
  const { db, url } = await createTestDatabase();
  expect(await detectMove(db)).toBeUndefined();
  await administer('vacuum (full, freeze) installation_place', url);
  expect(await detectMove(db)).toBeUndefined();
  await administer(
    'create table kept as table installation_place; delete from installation_place; insert into installation_place table kept',
    url,
  );
  expect(await detectMove(db)).toMatchObject({ description: expect.stringContaining('written again') });
});

test('in a restored database nobody gets an id that somebody may have got after the backup', async () => {
  const { db, url } = await createTestDatabase();
  const signUp = async (email: string) => {
    const { rows } = await sql<{ id: number }>`
      insert into subscribers (email, status, consent_source, requested_at) values (${email}, 'pending', 'test', now())
      returning id`.execute(db);
    return Number(rows[0]?.id);
  };
  const first = await signUp('before@mail.example');
  await advanceIdsIfMoved(db);
  expect(await signUp('after@mail.example')).toBe(first + 1);
  await markAsMoved(db, 'its disk is an older one');
  // Every process does this when it starts, and then every minute.
  await Promise.all([updateDatabase(url, openLog('silent')), advanceIdsIfMoved(db)]);
  await advanceIdsIfMoved(db);
  const later = await signUp('later@mail.example');
  expect(later).toBeGreaterThan(first + 1_000_000);
  expect(later).toBeLessThan(first + 1_000_010);
});

test('if several processes start on a new database at once, one of them records its identity', async () => {
  const { db } = await createTestDatabase();
  await db.deleteFrom('installation_place').execute();
  await Promise.all(Array.from({ length: 4 }, () => recordFirstIdentity(db, new Date())));
  expect(await detectMove(db)).toBeUndefined();
});

test.skipIf(!hasDebianPostgres)(
  'a disk restored to an earlier state is detected by Resend’s list of recent mails',
  { timeout: 60_000 },
  async () => {
    const { fakeResend, outboxDb, url, settings } = await prepareDrill(server);
    expect(await runCommand(['issue', 'send', 'latest', '--wait'], settings)).toMatchObject({ code: 0 });
    const db = openAt(url);
    // The earlier state, in the same database.
    await db.deleteFrom('deliveries').execute();
    await db.deleteFrom('batches').execute();
    await db
      .updateTable('issues')
      .set({ status: 'approved', prepared_at: null, sent_at: null, send_at: new Date() })
      .execute();
    await forgetKeys(outboxDb);
    const before = fakeResend.calls.length;
    await runWorker(settings, 2);
    expect(await detectMove(db)).toMatchObject({
      description: expect.stringContaining('Resend has mails of'),
    });
    expect(fakeResend.calls).toHaveLength(before);
    expect(await runCommand(['restored'], settings)).toMatchObject({ code: 0 });
    expect(await findIssueStatus(db)).toBe('sent');
    expect(await mailsOf(outboxDb)).toEqual({ mails: READERS, readers: READERS });
  },
);

test.skipIf(!hasDebianPostgres)(
  'after a failover to a lagging standby, nothing is sent until it is reconciled with Resend',
  { timeout: 120_000 },
  async () => {
    const primary = await startDebianPostgres();
    onTestFinished(() => primary.close());
    const { fakeResend, outboxDb, url, settings } = await prepareDrill(primary);
    const standby = await startDebianPostgres((folder) => {
      runTool('pg_basebackup', [
        '-D',
        folder,
        '-R',
        '--checkpoint=fast',
        '-X',
        'stream',
        '--no-sync',
        '-d',
        primary.url,
      ]);
    });
    onTestFinished(() => standby.close());
    expect(await runCommand(['issue', 'send', 'latest'], settings)).toMatchObject({ code: 0 });
    const target = `${standby.url.replace(/postgres$/, '')}${url.split('/').at(-1)}`;
    const db = openAt(target);
    await expect
      .poll(() => db.selectFrom('batches').select('id').execute(), { timeout: 20_000 })
      .toHaveLength(5);
    // Simulates asynchronous replication that has fallen behind.
    await administer(`alter system set primary_conninfo = ''`, standby.url);
    await administer('select pg_reload_conf()', standby.url);
    fakeResend.onAccepted = async () => {
      if (fakeResend.calls.length === 3) {
        await primary.crash();
      }
    };
    const worker = spawnVerdicts(['start', '--only', 'worker'], settings);
    await expect.poll(() => fakeResend.calls.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(3);
    worker.process.kill('SIGKILL');
    await worker.ended;
    runTool('pg_ctl', ['promote', '-D', standby.folder, '-w']);

    const after = settingsOf(target, fakeResend, 'after');
    expect(await detectMove(db)).toMatchObject({
      description: expect.stringContaining('timeline 00000002'),
    });
    await runWorker(after, 2);
    expect(fakeResend.callsOf('after')).toEqual([]);
    expect(await runCommand(['restored'], after)).toMatchObject({ code: 0 });
    await forgetKeys(outboxDb);
    await runWorkerUntilSent(after, db);
    const { mails, readers } = await mailsOf(outboxDb);
    expect([mails, await findIssueStatus(db)]).toEqual([readers, 'sent']);
  },
);
