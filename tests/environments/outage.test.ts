import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startTimetable } from '../../jobs/run/timetable.ts';
import { work } from '../../jobs/run/work.ts';
import { findBlocker } from '../../src/installation/blocker.ts';
import { openLog } from '../../src/log.ts';
import { reportOutage } from '../../src/database/outage.ts';
import { openCrashablePostgres } from '../support/crashable-postgres.ts';
import { runCommand } from '../support/run-command.ts';
import { createTestApp, openOutboxDatabase, openTestApp } from '../support/test-app.ts';
import { administer, createTestDatabase } from '../support/test-database.ts';

const nameOf = (url: string) => new URL(url).pathname.slice(1);

const signUps = (app: Awaited<ReturnType<typeof createTestApp>>, count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => app.subscribe(`delivered+${index}@resend.dev`)));

test(
  'when the role’s connection limit is reached, callers wait: 40 sign-ups with a limit of five all succeed',
  { timeout: 60_000 },
  async () => {
    const { url } = await createTestDatabase();
    const role = `few_${nameOf(url)}`;
    await administer(`create role ${role} login password 'x' connection limit 5 in role verdicts`);
    await administer(`alter default privileges grant all on tables to ${role}`, url);
    const few = new URL(url);
    few.username = role;
    few.password = 'x';
    const app = await openTestApp(
      few.href,
      { SIGN_UPS_PER_SOURCE: '100' },
      undefined,
      openOutboxDatabase(url),
    );
    const answers = await signUps(app, 40);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  },
);

test('a read-only database makes a process unready, and pages answer 503 with Retry-After', async () => {
  const { url } = await createTestDatabase();
  const app = await openTestApp(url);
  await administer(`alter database ${nameOf(url)} set default_transaction_read_only = on`);
  await administer(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${nameOf(url)}' and pid <> pg_backend_pid()`,
  );
  const ready = async () => (await app.request('/readyz')).json();
  await expect.poll(ready, { timeout: 10_000 }).toEqual({ status: 'the database is read-only', objects: [] });
  expect(await app.request('/readyz')).toMatchObject({ status: 503 });
  const answer = await app.subscribe('delivered@resend.dev', { source: '/' });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10']);
});

test('a process whose connections are all in use is not ready', async () => {
  const app = await createTestApp({ DATABASE_POOL: '2', SIGN_UPS_PER_SOURCE: '100' });
  const acquired = await Promise.all([app.context.pool.connect(), app.context.pool.connect()]);
  const ready = await app.request('/readyz');
  acquired.forEach((client) => client.release());
  expect([ready.status, await ready.text()]).toEqual([
    503,
    expect.stringContaining('every connection is in use'),
  ]);
  expect(await app.request('/readyz')).toMatchObject({ status: 200 });
});

test('an outage is logged once a minute, however many calls fail', () => {
  const lines: string[] = [];
  const log = openLog(
    'info',
    new Writable({ write: (chunk, _, done) => (lines.push(String(chunk)), done()) }),
  );
  for (let time = 0; time < 500; time++) {
    reportOutage(log, new Error('connect ECONNREFUSED'), 'a page was answered 503');
  }
  expect(lines).toEqual([expect.stringContaining('the database cannot be used: a page was answered 503')]);
});

test(
  'a machine whose clock is off by more than a minute runs no jobs and notifies staff',
  { timeout: 30_000 },
  async () => {
    const app = await createTestApp({ STAFF_EMAILS: 'staff@mail.example.net' });
    const real = Date.now;
    onTestFinished(() => void (Date.now = real));
    Date.now = () => real() + 3 * 3_600_000;
    expect(await findBlocker(app.context.db)).toMatchObject({
      message: expect.stringMatching(/clock is 10\d\d\d s ahead of the database’s/),
    });
    expect(await app.request('/readyz')).toMatchObject({ status: 503 });
    const stopping = new AbortController();
    const context = { ...app.context, stopping: stopping.signal };
    await app.context.db.transaction().execute(async (tx) => {
      const { enqueue } = await import('../../src/queue/queue.ts');
      await enqueue(app.context.boss, tx, 'draft-issue', [{ key: '2026-W48', data: { week: '2026-W48' } }]);
    });
    const working = work(context);
    const stop = await startTimetable(context, 'both');
    await expect
      .poll(() => app.context.db.selectFrom('outbox.mails').select('subject').execute(), { timeout: 10_000 })
      .toEqual([{ subject: expect.stringContaining('its clock is wrong') }]);
    await stop();
    stopping.abort();
    await working;
    const { rows } = await app.context.pool.query(`select state from pgboss.job where name = 'draft-issue'`);
    expect(rows).toEqual([{ state: 'created' }]);
  },
);

test('doctor compares the number of connections with the limits of the server, the role and the database', async () => {
  const { url } = await createTestDatabase();
  expect((await runCommand(['doctor'], { DATABASE_URL: url })).stdout).toMatch(
    /ok +connections +a process opens at most 22/,
  );
  await administer(`alter database ${nameOf(url)} connection limit 20`);
  const { code, stdout } = await runCommand(['doctor'], { DATABASE_URL: url });
  expect([code, stdout]).toEqual([
    1,
    expect.stringMatching(/error +connections .*the limit is 20.*DATABASE_POOL/),
  ]);
});

test('migrate --wait waits for a server that is starting; without it one sentence says that it is not there', async () => {
  const postgres = await openCrashablePostgres();
  onTestFinished(postgres.close);
  await postgres.crash();
  expect(await runCommand(['migrate'], { DATABASE_URL: postgres.url })).toMatchObject({ code: 1 });
  const migrating = runCommand(['migrate', '--wait'], { DATABASE_URL: postgres.url });
  await sleep(1_500);
  await postgres.restart();
  expect(await migrating).toMatchObject({ code: 0 });
});
