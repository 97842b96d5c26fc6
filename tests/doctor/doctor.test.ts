import { judgeArchiving } from '../../src/doctor/checks/check-storage.ts';
import {
  mkdtempSync,
  rmSync,
  statfsSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from '../support/free-port.ts';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { openResend } from '../../src/context.ts';
import { pauseLaneByHand } from '../../src/sending/lane-control/pause-lane.ts';
import { createReporter } from '../../src/installation/processes.ts';
import { checkSettings } from '../../src/doctor/checks/check-settings.ts';
import { readGauges } from '../../src/doctor/gauges/read-gauges.ts';
import { runChecks } from '../../src/doctor/run-checks.ts';
import type { Finding } from '../../src/doctor/checks/finding.ts';
import { deriveLinkKeys } from '../../src/links/tokens.ts';
import { enabledWebhook, verifiedDomain } from '../../src/local/outbox/store/account.ts';
import { runCommand } from '../support/run-command.ts';
import { runVerdicts } from '../support/run-verdicts.ts';
import { grantRoles } from '../../src/migration/grants.ts';
import { contextOfRole } from '../support/roles.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { expectNoFault } from '../support/axe.ts';
import { hasChromium, openBrowser } from '../support/chromium.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { sentIssue } from '../monitoring/sent.ts';
import { createSentIssue } from '../support/sent-issue.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { startDnsServer } from './dns-server.ts';

const SECRET = 'whsec_dGhpcyBpcyBhIHNlY3JldCBvZiAyNA==';
const KEY = `p=${'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ'.repeat(2)}`;
const RECORDS = {
  'resend._domainkey.mail.example.net': [KEY],
  'send.mail.example.net': ['v=spf1 include:amazonses.com ~all'],
  '_dmarc.example.net': ['v=DMARC1; p=none;'],
};

/** An installation with a real key, whose Resend is the outbox and whose PUBLIC_URL is the test's own server. */
async function createInstallation(settings: Record<string, string> = {}): Promise<TestApp> {
  const app = await createTestApp({
    MAIL_FROM: 'Weekly Verdicts <verdicts@mail.example.net>',
    PUBLIC_URL: 'http://127.0.0.1:$PORT',
    RESEND_WEBHOOK_SECRET: SECRET,
    STAFF_EMAILS: 'ann@example.net',
    ...settings,
  });
  app.context.config = { ...app.context.config, resendApiKey: 're_real', databaseUrl: app.databaseUrl };
  app.outbox.account.domains = [verifiedDomain('mail.example.net')];
  app.outbox.account.webhooks = [enabledWebhook(`${app.url}/webhooks/resend`, SECRET)];
  return app;
}

async function findingsOf(
  app: TestApp,
  env: Record<string, string> = {},
  records: Record<string, string[]> = RECORDS,
) {
  return runChecks(app.context, env, await startDnsServer(records));
}

function named(findings: readonly Finding[], name: string): Finding[] {
  return findings.filter((finding) => finding.name === name);
}

test('mails whose links nobody can verify any more are an error', async () => {
  const app = await createSentIssue(2);
  expect(named(await findingsOf(app), 'links')).toMatchObject([{ state: 'ok' }]);
  const other = deriveLinkKeys(['another-secret-of-at-least-32-characters']);
  expect(other.newest).not.toBe(app.context.linkKeys.newest);
  const replaced = { ...app, context: { ...app.context, linkKeys: other } };
  expect(named(await findingsOf(replaced), 'links')).toMatchObject([
    { state: 'error', message: expect.stringContaining('no link in the mails of 2026-W48 works') },
  ]);
});

test('a sound installation has no error, and every other finding says what to do', async () => {
  const app = await createInstallation();
  const { report } = createReporter(app.context.db, 'both');
  await report();
  const findings = await findingsOf(app);
  // A test's own server is not on the internet.
  expect(findings.filter(({ state }) => state === 'error').map(({ name }) => name)).toEqual(['PUBLIC_URL']);
  const troubles = findings.filter(({ state }) => state !== 'ok');
  expect(troubles.filter(({ advice }) => !advice)).toEqual([]);
  for (const name of [
    'Resend key',
    'Resend domain',
    'tracking',
    'DKIM',
    'SPF',
    'DMARC',
    'Resend webhook',
    'webhook',
    'processes',
    'timetable',
    'clock',
    'schema',
    'queue',
  ]) {
    expect(named(findings, name)).toEqual([expect.objectContaining({ state: 'ok' })]);
  }
  expect(named(findings, 'timetable')[0]?.message).toBe(
    'the next draft is made Monday 30 November 2026, 06:00 (UTC) and sent Tuesday 1 December 2026, 14:00 (UTC)',
  );
});

test('names that resemble a setting are found, with the consequence; names of other programs are not', () => {
  const of = (env: Record<string, string>) => checkSettings(env, undefined, '/');
  expect(of({ RESEND_KEY: 're_1' })).toEqual([
    {
      name: 'RESEND_KEY',
      state: 'error',
      message: 'RESEND_KEY is not a setting, so mail goes to the local outbox',
      advice: 'If you mean RESEND_API_KEY, rename it.',
    },
  ]);
  const near = {
    RESEND_API_TOKEN: 'RESEND_API_KEY',
    TRUSTED_PROXY: 'TRUSTED_PROXIES',
    DB_URL: 'DATABASE_URL',
    POSTGRES_URL: 'DATABASE_URL',
    WEBHOOK_SECRET: 'RESEND_WEBHOOK_SECRET',
    REPLY_TO: 'MAIL_REPLY_TO',
    STUDIO_DOMAIN: 'STUDIO_ORIGIN',
  };
  for (const [name, setting] of Object.entries(near)) {
    expect(of({ [name]: 'x' })[0]?.advice).toBe(`If you mean ${setting}, rename it.`);
  }
  expect(of({ SCHEDULE_DRAFTS: '0 6 * * 1' })[0]?.advice).toContain('SCHEDULE_DRAFT');
  expect(of({ STAFF_EMAIL: 'ann@example.net' })[0]?.advice).toContain('STAFF_EMAILS');
  expect(of({ DATABASE_URI: 'postgres://localhost' })[0]?.advice).toContain('DATABASE_URL');
  expect(of({ LINK_SECRETS_FILE: '/run/secrets/x' })[0]?.advice).toContain('LINK_SECRET');
  expect(of({ MAIL_FROM: 'x', MAILFROM: 'x' })).toEqual([expect.objectContaining({ state: 'warning' })]);
  const usual = {
    PATH: '/bin',
    HOME: '/root',
    NODE_ENV: 'production',
    NODE_OPTIONS: '',
    PGHOST: 'x',
    TZ: 'UTC',
    HOSTNAME: 'h',
    npm_config_port: '1',
    OTEL_SERVICE_NAME: 'x',
    HTTP_PROXY: 'x',
    RESEND_KEY: '',
    DATABASE_WEB_PASSWORD: 'x',
    POSTGRES_USER: 'x',
  };
  expect(of(usual)).toEqual([expect.objectContaining({ state: 'ok' })]);
});

test('values that are valid but cannot be intended are found', () => {
  const of = (env: Record<string, string>) => checkSettings(env, readConfig(env), '/');
  expect(of({ MAIL_FROM: 'Us <us@gmail.com>' })).toEqual([
    expect.objectContaining({
      name: 'MAIL_FROM',
      state: 'error',
      message: expect.stringContaining('gmail.com belongs to a mailbox provider'),
    }),
  ]);
  expect(of({ ISSUE_MIN_COMPARISONS: '4', ISSUE_MAX_COMPARISONS: '2' })).toEqual([
    expect.objectContaining({
      name: 'ISSUE_MIN_COMPARISONS',
      message: expect.stringContaining('4 is above ISSUE_MAX_COMPARISONS (2)'),
    }),
  ]);
  const at = of({ DATABASE_URL: 'postgres://us:hush@hush@localhost/verdicts' });
  expect(at).toEqual([expect.objectContaining({ name: 'DATABASE_URL', state: 'warning' })]);
  expect(JSON.stringify(at)).not.toContain('hush');
  const real = {
    RESEND_API_KEY: 're_1',
    PUBLIC_URL: 'https://verdicts.example.net',
    MAIL_FROM: 'Us <us@mail.example.net>',
    POSTAL_ADDRESS: 'Example Ltd',
    LINK_SECRET: 'a-secret-that-is-long-enough-for-signing-links',
    RESEND_WEBHOOK_SECRET: SECRET,
  };
  const TRUSTED_PROXIES = '1';
  const STAFF_EMAILS = 'ann@example.net';
  expect(of({ ...real, TRUSTED_PROXIES, STAFF_EMAILS })).toEqual([expect.objectContaining({ state: 'ok' })]);
  expect(of({ ...real, STAFF_EMAILS })).toEqual([
    expect.objectContaining({ name: 'TRUSTED_PROXIES', state: 'warning' }),
  ]);
  expect(
    of({
      ...real,
      TRUSTED_PROXIES,
      STAFF_EMAILS,
      PUBLIC_URL: 'https://localhost',
      MAIL_FROM: 'Us <us@our.local>',
      RESEND_BASE_URL: 'http://resend.example.net',
    }).map(({ name }) => name),
  ).toEqual(['MAIL_FROM', 'PUBLIC_URL', 'RESEND_BASE_URL']);
  expect(of({ ...real, TRUSTED_PROXIES })).toEqual([
    expect.objectContaining({ name: 'STAFF_EMAILS', state: 'warning' }),
  ]);
});

test.each([
  ['every minute', { SCHEDULE_DRAFT: '* * * * *' }, 'SCHEDULE_DRAFT', 'a draft is due every 1 minute'],
  [
    'after its send',
    { SCHEDULE_DRAFT: '0 6 * * 3', SCHEDULE_SEND: '0 14 * * 2' },
    'SCHEDULE_SEND',
    'an issue goes out in the week after its own',
  ],
  [
    'too late for its review',
    { SCHEDULE_DRAFT: '0 6 * * 0', SCHEDULE_SEND: '0 14 * * 0', REVIEW_WINDOW: '24h' },
    'SCHEDULE_SEND',
    'no send time is left',
  ],
  [
    'before voting closes',
    { SCHEDULE_CLOSE: '0 9 * * 1' },
    'SCHEDULE_CLOSE',
    'voting closes after the next issue is drafted',
  ],
])('a draft that is made %s is reported', async (_, settings, name, message) => {
  const app = await createTestApp(settings);
  expect(named(await findingsOf(app), name)).toEqual([
    expect.objectContaining({ message: expect.stringContaining(message), advice: expect.any(String) }),
  ]);
});

test('a key that Resend refuses is an error, one that may only send is not, and no answer is a warning', async () => {
  const app = await createInstallation();
  const { Resend } = await import('resend');
  const withKey = async (key: string, baseUrl = `${app.url}/outbox/api`) => {
    app.context.resend = () => Promise.resolve(new Resend(key, { baseUrl }));
    return findingsOf(app);
  };
  expect(named(await withKey('re_invalid'), 'Resend key')).toEqual([
    expect.objectContaining({ state: 'error', message: 'Resend refuses it (403)' }),
  ]);
  const restricted = await withKey('re_restricted');
  expect(named(restricted, 'Resend key')[0]).toMatchObject({
    state: 'ok',
    message: expect.stringContaining('may only send'),
  });
  expect(named(restricted, 'DKIM')[0]).toMatchObject({ state: 'ok' });
  expect(named(await withKey('re_real', 'http://127.0.0.1:1'), 'Resend key')[0]).toMatchObject({
    state: 'warning',
  });
});

test('a domain that is missing, not verified or tracked is reported', async () => {
  const app = await createInstallation();
  app.outbox.account.domains = [verifiedDomain('other.example.net')];
  expect(named(await findingsOf(app), 'Resend domain')[0]).toMatchObject({
    state: 'error',
    message: expect.stringContaining('not one of this team’s domains'),
  });
  const domain = verifiedDomain('mail.example.net');
  app.outbox.account.domains = [
    {
      ...domain,
      status: 'not_started',
      records: domain.records.map((record) => ({ ...record, status: 'not_started' })),
      click_tracking: true,
      open_tracking: true,
    },
  ];
  const findings = await findingsOf(app);
  expect(named(findings, 'Resend domain')[0]).toMatchObject({
    state: 'error',
    message: 'mail.example.net is not started',
    advice: expect.stringContaining('TXT send, TXT resend._domainkey'),
  });
  expect(named(findings, 'click tracking')[0]).toMatchObject({ state: 'error' });
  expect(named(findings, 'open tracking')[0]).toMatchObject({ state: 'warning' });
});

test('DNS records that are missing, duplicated or another service’s are reported, and so is a resolver that fails', async () => {
  const app = await createInstallation();
  const of = async (records: Record<string, string[]>, name: string) =>
    named(await findingsOf(app, {}, records), name)[0];
  expect(await of({}, 'DKIM')).toMatchObject({ state: 'error' });
  expect(await of({}, 'SPF')).toMatchObject({ state: 'warning' });
  expect(await of({}, 'DMARC')).toMatchObject({
    state: 'warning',
    advice: expect.stringContaining('v=DMARC1; p=none'),
  });
  const spf = RECORDS['send.mail.example.net'];
  expect(await of({ ...RECORDS, 'send.mail.example.net': [...spf, ...spf] }, 'SPF')).toMatchObject({
    state: 'error',
    message: expect.stringContaining('2 records'),
  });
  expect(
    await of({ ...RECORDS, 'send.mail.example.net': ['v=spf1 include:_spf.google.com ~all'] }, 'SPF'),
  ).toMatchObject({ state: 'warning' });
  const dmarc = RECORDS['_dmarc.example.net'];
  expect(await of({ ...RECORDS, '_dmarc.example.net': [...dmarc, ...dmarc] }, 'DMARC')).toMatchObject({
    state: 'warning',
    message: expect.stringContaining('2 records'),
  });
  expect(await of({ ...RECORDS, '_dmarc.mail.example.net': ['v=DMARC1; p=reject'] }, 'DMARC')).toMatchObject({
    message: 'policy reject',
  });
  await seedReaders(app.context.db, 5_000);
  expect(await of({}, 'DMARC')).toMatchObject({
    state: 'error',
    message: expect.stringContaining('Gmail and Yahoo'),
  });
  const broken = await startDnsServer({}, () => true);
  expect(named(await runChecks(app.context, {}, broken), 'DNS')[0]).toMatchObject({ state: 'warning' });
});

test('the DMARC record of the organization is looked up if the domain has none, and not reported missing if that fails', async () => {
  const app = await createInstallation();
  const beside = { ...RECORDS, '_dmarc.mail.example.net': ['a note for colleagues'] };
  expect(named(await findingsOf(app, {}, beside), 'DMARC')[0]).toMatchObject({ message: 'policy none' });
  const broken = await startDnsServer(RECORDS, (name) => name === '_dmarc.example.net');
  const findings = await runChecks(app.context, {}, broken);
  expect(named(findings, 'DMARC')).toEqual([]);
  expect(named(findings, 'DNS')[0]).toMatchObject({ state: 'warning' });
});

test('a webhook that is missing, disabled, or has another secret or too few events is reported', async () => {
  const app = await createInstallation();
  const [webhook] = app.outbox.account.webhooks;
  const of = async (changes: object | undefined) => {
    app.outbox.account.webhooks = webhook && changes ? [{ ...webhook, ...changes }] : [];
    return named(await findingsOf(app), 'Resend webhook')[0];
  };
  expect(await of(undefined)).toMatchObject({
    state: 'error',
    message: expect.stringContaining('has no webhook to'),
  });
  expect(await of({ status: 'disabled' })).toMatchObject({ state: 'error' });
  expect(await of({ signing_secret: 'whsec_b3RoZXI=' })).toMatchObject({
    state: 'error',
    message: expect.stringContaining('a secret that differs'),
  });
  expect(await of({ events: ['email.delivered', 'email.bounced'] })).toMatchObject({
    state: 'warning',
    message: 'does not report email.complained, email.failed, email.suppressed',
  });
});

test('the webhook is verified end to end: by a signed event at PUBLIC_URL', async () => {
  const app = await createInstallation();
  const of = async (changes: object) => {
    const context = { ...app.context, config: { ...app.context.config, ...changes } };
    return named(await runChecks(context, {}, await startDnsServer(RECORDS)), 'webhook')[0];
  };
  expect(await of({})).toMatchObject({ state: 'ok' });
  expect(await of({ webhookSecret: `whsec_${'B'.repeat(32)}` })).toMatchObject({
    state: 'error',
    message: expect.stringContaining('a different RESEND_WEBHOOK_SECRET'),
  });
  expect(await of({ webhookSecret: 'whsec_c2hvcnQ=' })).toMatchObject({
    state: 'error',
    message: expect.stringContaining('too short'),
  });
  expect(await of({ publicUrl: `http://127.0.0.1:${await findFreePort()}` })).toMatchObject({
    state: 'error',
    message: expect.stringContaining('ECONNREFUSED'),
  });
  expect(await of({ publicUrl: `${app.url}/results` })).toMatchObject({
    state: 'error',
    message: expect.stringContaining('answers 404'),
  });
  // The event concerned no mail of ours.
  expect(await app.context.db.selectFrom('delivery_events').selectAll().execute()).toEqual([]);
});

test('a missing worker, two versions, and late and failing jobs are reported', async () => {
  const app = await createInstallation();
  const { db } = app.context;
  expect(named(await findingsOf(app), 'processes')[0]).toMatchObject({
    state: 'error',
    message: expect.stringContaining('no worker runs'),
  });
  await createReporter(db, 'web').report();
  await db.updateTable('processes').set({ pid: 1 }).execute();
  expect(named(await findingsOf(app), 'processes')[0]).toMatchObject({ state: 'error' });
  const worker = createReporter(db, 'worker');
  await worker.report();
  expect(named(await findingsOf(app), 'processes')[0]).toMatchObject({
    state: 'ok',
    message: '1 with pages, 1 with a worker',
  });
  await db.updateTable('processes').set({ version: '0.0.1' }).where('role', '=', 'web').execute();
  expect(named(await findingsOf(app), 'processes')[0]).toMatchObject({
    state: 'warning',
    message: expect.stringContaining('of versions'),
  });
  await app.context.boss.insert('send-letter', [
    { data: { failures: 12 }, singletonKey: 'a' },
    { data: {}, singletonKey: 'b' },
  ]);
  await sql`update pgboss.job set start_after = now() - interval '3 hours' where name = 'send-letter'`.execute(
    db,
  );
  expect(named(await findingsOf(app), 'queue')).toEqual([
    expect.objectContaining({
      state: 'error',
      message: '2 send-letter jobs wait, the first one for 3 hours',
    }),
    expect.objectContaining({ state: 'warning', message: '1 send-letter job has failed 10 times or more' }),
  ]);
  // What waits for Resend's limits is not late.
  await app.context.boss.insert('send-digest-copy', [{ data: {}, singletonKey: 'a' }]);
  await app.context.boss.insert('send-batch', [{ data: {}, singletonKey: 'a' }]);
  await sql`update pgboss.job set start_after = now() - interval '4 hours' where name <> 'send-letter'`.execute(
    db,
  );
  expect(named(await findingsOf(app), 'queue')).toHaveLength(2);
  await worker.end();
  await db
    .updateTable('processes')
    .set({ seen_at: sql<Date>`now() - interval '1 minute'` })
    .execute();
  expect(named(await findingsOf(app), 'processes')[0]).toMatchObject({ state: 'error' });
});

test('a role that lacks rights, may do too much or cannot write is reported', async () => {
  const app = await createInstallation();
  const { context, databaseUrl } = app;
  const worker = await contextOfRole(context, databaseUrl, 'worker');
  const of = async (name = 'rights') =>
    named(await runChecks(worker, {}, await startDnsServer(RECORDS)), name)[0];
  expect(await of()).toMatchObject({
    state: 'ok',
    message: expect.stringContaining('may do exactly what a worker needs'),
  });
  await sql`grant delete on audit_log to verdicts_test_worker`.execute(context.db);
  await sql`grant insert, delete on suppressions to verdicts_test_worker`.execute(context.db);
  expect(await of()).toMatchObject({
    state: 'warning',
    message: expect.stringContaining('delete on suppressions'),
  });
  await sql`revoke delete on suppressions from verdicts_test_worker`.execute(context.db);
  await sql`revoke truncate on counted_openings from verdicts_test_worker`.execute(context.db);
  await sql`revoke select on pgboss.queue from verdicts_test_worker`.execute(context.db);
  expect(await of()).toMatchObject({
    state: 'error',
    message: expect.stringMatching(/truncate on counted_openings, select on pgboss.queue/),
  });
  await sql`alter role verdicts_test_web in database ${sql.id(new URL(databaseUrl).pathname.slice(1))} set default_transaction_read_only = on`.execute(
    context.db,
  );
  const other = await contextOfRole(context, databaseUrl, 'web');
  expect(
    named(await runChecks(other, {}, await startDnsServer(RECORDS)), 'server settings')[0],
  ).toMatchObject({
    state: 'error',
  });
});

test.each([
  ['without grants', ''],
  ['without the queue', 'grant'],
])('every command of a role %s says that it lacks rights, and who can grant them', async (_, granted) => {
  const { url, db } = await createTestDatabase();
  const role = `verdicts_bare_${granted || 'none'}`;
  await sql
    .raw(
      `do $$ begin create role ${role} login password 'password'; exception when duplicate_object then null; end $$`,
    )
    .execute(db);
  if (granted) {
    await grantRoles(db, { worker: role });
    await sql.raw(`revoke all on all tables in schema pgboss from ${role}`).execute(db);
  }
  const bare = new URL(url);
  bare.username = role;
  bare.password = 'password';
  for (const command of [['doctor'], ['start', '--only', 'worker'], ['issue', 'list']]) {
    const { code, stdout, stderr } = await runCommand(command, { DATABASE_URL: bare.href });
    expect([code, stdout + stderr]).toEqual([
      1,
      expect.stringMatching(
        /lacks rights: run `verdicts migrate` as the owner.*DATABASE_WORKER_ROLE=verdicts_bare/s,
      ),
    ]);
  }
});

test('the age of the newest backup is checked; missing, empty and unfinished ones are reported', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'verdicts-backups-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const app = await createInstallation({ BACKUP_FOLDER: folder });
  const of = async () => named(await findingsOf(app), 'backups')[0];
  expect(await of()).toMatchObject({ state: 'error', message: expect.stringContaining('has no backup') });
  writeFileSync(path.join(folder, '.unfinished'), 'half');
  writeFileSync(path.join(folder, 'empty.dump'), '');
  expect(await of()).toMatchObject({ state: 'error' });
  const file = path.join(folder, 'verdicts.dump');
  writeFileSync(file, 'x'.repeat(5_000));
  utimesSync(file, new Date(), new Date());
  symlinkSync('/nowhere', path.join(folder, 'latest'));
  expect(await of()).toMatchObject({ state: 'ok' });
  const before = path.join(folder, 'before.dump');
  writeFileSync(before, 'x'.repeat(50_000));
  const hourAgo = new Date(Date.now() - 3_600_000);
  utimesSync(before, hourAgo, hourAgo);
  expect(await of()).toMatchObject({ state: 'warning', message: expect.stringContaining('less than half') });
  rmSync(before);
  for (const [days, state] of [
    [2, 'warning'],
    [5, 'error'],
  ] as const) {
    const then = new Date(Date.now() - days * 86_400_000);
    utimesSync(file, then, then);
    expect(await of()).toMatchObject({ state, message: `the newest is ${days} days old` });
  }
  app.context.config = { ...app.context.config, backupFolder: undefined };
  expect(await of()).toMatchObject({ state: 'warning', message: 'it is not known whether there are any' });
});

test('a disk that is nearly full is a warning before the backups end', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'verdicts-backups-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'verdicts.dump');
  writeFileSync(file, 'x');
  // A sparse file of half of what is free: two more do not fit.
  const { bavail, bsize } = statfsSync(folder);
  truncateSync(file, Math.floor((bavail * bsize) / 2));
  const now = new Date();
  utimesSync(file, now, now);
  const app = await createInstallation({ BACKUP_FOLDER: folder });
  expect(named(await findingsOf(app), 'backups')[0]).toMatchObject({
    state: 'warning',
    message: expect.stringContaining('there is no room for 3 more'),
  });
  const fitting = (await readGauges(app.context)).find(({ name }) => name === 'backups_fitting')!;
  expect(fitting.values).toBeGreaterThan(1);
  expect(fitting.values).toBeLessThan(3);
});

test('WAL archiving that works is fine; one that has stopped or never began is reported', () => {
  const now = new Date('2026-11-24T12:00:00Z');
  const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);
  const judged = (archived: number | null, failed: number | null) => {
    const archiving = {
      archived_at: archived === null ? null : daysAgo(archived),
      failed_at: failed === null ? null : daysAgo(failed),
    };
    const { state, message } = judgeArchiving(archiving, now);
    return `${state}: ${message}`;
  };
  expect(judged(0.01, null)).toMatch(/^ok: the server archived WAL/);
  expect(judged(0.01, 3)).toMatch(/^ok/);
  expect(judged(2, null)).toMatch(/^warning: .*2 days ago/);
  expect(judged(40, null)).toMatch(/^error: .*40 days ago/);
  expect(judged(3, 0.01)).toMatch(
    /^error: the server could not archive WAL .* ago; it last succeeded 3 days ago/,
  );
  expect(judged(null, 1)).toMatch(/^error/);
  expect(judged(null, null)).toMatch(/^warning/);
});

test('a check that fails becomes a finding, and the others continue', async () => {
  const app = await createInstallation();
  await sql`alter table send_rate rename to gone`.execute(app.context.db);
  const findings = await findingsOf(app);
  expect(named(findings, 'lanes')[0]).toMatchObject({
    state: 'error',
    message: expect.stringContaining('could not be checked'),
  });
  expect(named(findings, 'schema')[0]).toMatchObject({
    state: 'error',
    message: expect.stringContaining('send_rate'),
  });
  expect(named(findings, 'webhook')[0]).toMatchObject({ state: 'ok' });
});

test('the command prints text with advice or JSON, sets the exit code, and never prints a password', async () => {
  const { url } = await createTestDatabase();
  const passed = await runCommand(['doctor', '--json'], { DATABASE_URL: url });
  const { findings } = JSON.parse(passed.stdout) as { findings: Finding[] };
  expect([passed.code, findings.filter(({ state }) => state === 'error').map(({ name }) => name)]).toEqual([
    0,
    [],
  ]);
  const near = await runCommand(['doctor'], { DATABASE_URL: url, RESEND_KEY: 're_1' });
  expect(near.stdout).toMatch(
    /^error +RESEND_KEY +.*local outbox\. If you mean RESEND_API_KEY, rename it\.$/m,
  );
  expect(near.stdout).toMatch(/\d+ errors?, \d+ warnings?\.\n$/);
  for (const broken of [
    'postgres://us:hush#hush@127.0.0.1:5432/verdicts',
    'postgres://us:1234/hush@127.0.0.1/verdicts',
    'postgres://us:hush%zz@127.0.0.1/verdicts',
    'postgres://us:hush?@127.0.0.1/verdicts',
  ]) {
    for (const command of [['doctor'], ['start'], ['migrate']]) {
      const refused = await runCommand(command, { DATABASE_URL: broken });
      expect([refused.code, refused.stdout + refused.stderr]).toEqual([
        1,
        expect.stringContaining('DATABASE_PASSWORD'),
      ]);
      expect(refused.stdout + refused.stderr).not.toMatch(/hush|1234/);
    }
  }
  const wrong = await runCommand(['doctor'], { DATABASE_URL: url, PORT: '80000' });
  expect(wrong.stdout).not.toMatch(/^ok/m);
  const folder = mkdtempSync(path.join(tmpdir(), 'verdicts-unusable-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, '.local'), 'a file');
  const unusable = await runVerdicts(['doctor'], {}, folder);
  expect([unusable.code, unusable.stdout]).toEqual([
    1,
    expect.stringMatching(/\.local, for the built-in PostgreSQL, cannot be used/),
  ]);
});

test.skipIf(!hasChromium)('the studio shows the same findings, accessibly', { timeout: 60_000 }, async () => {
  const app = await createTestApp({ SCHEDULE_CLOSE: '0 9 * * 1' });
  const html = await (await app.request('/studio/doctor')).text();
  expect(html).toContain('voting closes after the next issue is drafted');
  expect(html).toContain('Set it to a time before SCHEDULE_DRAFT');
  expect(html.indexOf('SCHEDULE_CLOSE')).toBeLessThan(html.indexOf('PostgreSQL'));
  const page = await (await openBrowser()).newPage({ bypassCSP: true });
  await page.goto(`${app.url}/studio/doctor`);
  await expectNoFault(page, 'doctor');
});

test('a draft that was made ahead is not announced again', async () => {
  const app = await createInstallation();
  await seedContent(app.context.db);
  await draftIssue(app.context, '2026-W49');
  expect(named(await findingsOf(app), 'timetable')[0]?.message).toMatch(
    /^the issue of 2026-W49 \(draft\) is sent Tuesday 1 December 2026.*the next draft is made Monday 7 December 2026/,
  );
});

test('each lane is examined: its key, its domain, its webhook, and what has paused it', async () => {
  const app = await createInstallation();
  const second = 'whsec_YW5vdGhlciBzZWNyZXQgb2YgdGhlIHRlc3Rz';
  const lane = {
    number: 2,
    apiKey: 're_other',
    webhookSecret: second,
    mailFrom: 'Weekly Verdicts <verdicts@news.example.net>',
    warmUp: undefined,
  };
  app.context.config = { ...app.context.config, furtherLanes: [lane] };
  const broken = { ...lane, number: 3, apiKey: 're_invalid', mailFrom: 'V <verdicts@gmail.com>' };
  const withInvalidKey = { ...app.context.config, furtherLanes: [lane, broken] };
  app.context.furtherLanes = new Map([
    [2, openResend('re_other', `${app.url}/outbox/api`)],
    [3, openResend('re_invalid', `${app.url}/outbox/api`)],
  ]);
  const findings = await findingsOf(app);
  expect(named(findings, 'lane 1: Resend domain')[0]).toMatchObject({ state: 'ok' });
  expect(named(findings, 'lane 2: Resend domain')[0]).toMatchObject({
    state: 'error',
    message: 'news.example.net, from MAIL_FROM_2, is not one of this team’s domains',
  });
  expect(named(findings, 'lane 2: Resend webhook')[0]).toMatchObject({
    message: 'signs with a secret that differs from RESEND_WEBHOOK_SECRET_2',
  });
  expect(named(findings, 'lane 2: DKIM')[0]).toMatchObject({ state: 'error' });
  expect(named(findings, 'webhook').map(({ message }) => message)).toEqual([
    'reachable at PUBLIC_URL, and verified end to end with RESEND_WEBHOOK_SECRET',
    'reachable at PUBLIC_URL, and verified end to end with RESEND_WEBHOOK_SECRET_2',
  ]);
  expect(named(findings, 'lanes')[0]).toMatchObject({ state: 'ok', message: '2, none paused' });

  await pauseLaneByHand(app.context, 2, 'looking at it');
  app.context.config = withInvalidKey;
  const later = await findingsOf(app);
  expect(named(later, 'lanes')[0]).toMatchObject({
    state: 'error',
    message: 'lane 2 (news.example.net) is paused: looking at it',
    advice: 'Fix the cause, then `verdicts lanes resume 2`.',
  });
  expect(named(later, 'lane 3: Resend key')[0]).toMatchObject({
    state: 'error',
    advice: 'Make a new key at Resend and put it into RESEND_API_KEY_3.',
  });
  expect(named(later, 'MAIL_FROM_3')[0]).toMatchObject({ state: 'error' });
});

test('a batch that may have been sent through a removed lane is reported', async () => {
  const app = await createInstallation();
  await seedReaders(app.context.db, 3);
  await sentIssue(app);
  await app.context.pool.query(`update batches set lane = 4, status = 'submitting'`);
  expect(named(await findingsOf(app), 'lanes')[0]).toMatchObject({
    state: 'error',
    message: '1 batch of lane 4, which is no longer in the settings, may have been sent',
    advice: 'Put the settings of lane 4 back until they are settled.',
  });
});
