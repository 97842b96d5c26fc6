import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig, SETTING_NAMES } from '../../src/config/config.ts';
import type { AppError } from '../../src/errors.ts';
import { createTestDatabase } from '../support/test-database.ts';

const real = {
  RESEND_API_KEY: 're_123',
  PUBLIC_URL: 'https://verdicts.example.net',
  MAIL_FROM: 'Weekly Verdicts <verdicts@mail.example.net>',
  POSTAL_ADDRESS: 'Example Ltd, 1 High Street, Anytown',
  LINK_SECRET: 'a-secret-that-is-long-enough-for-signing-links',
  RESEND_WEBHOOK_SECRET: 'whsec_c2VjcmV0',
};

test('.env.example contains every setting once, and its values are the local defaults', () => {
  const lines = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const shown = parseEnv(lines.replaceAll(/^# (?=[A-Z_]+(?:_[2-5])?=)/gm, ''));
  expect(Object.keys(shown).toSorted()).toEqual(SETTING_NAMES.toSorted());
  const { databaseUrl, resendBaseUrl, isPublicUrlSet, isLinkSecretSet, ...example } = readConfig(shown);
  const {
    databaseUrl: _,
    resendBaseUrl: __,
    isPublicUrlSet: ___,
    isLinkSecretSet: ____,
    ...defaults
  } = readConfig({});
  expect(example).toEqual(defaults);
  expect([isPublicUrlSet, isLinkSecretSet]).toEqual([true, true]);
  expect(databaseUrl).toMatch(/^postgres:/);
  expect(resendBaseUrl).toBe('https://api.resend.com');
});

test('a slash at the end of RESEND_BASE_URL makes no other address', () => {
  expect(readConfig({ RESEND_BASE_URL: 'https://api.resend.com//' }).resendBaseUrl).toBe(
    'https://api.resend.com',
  );
});

test('every problem is reported at once, each with its variable and an example', () => {
  const problems = problemsOf({
    PORT: 'eighty',
    DATABASE_URL: 'mysql://localhost',
    MAIL_FROM: 'nobody',
    TIMEZONE: 'Mars/Olympus',
    SCHEDULE_SEND: 'on tuesdays',
    APPROVAL: 'maybe',
    STAFF_EMAILS: 'ann@example.net,bo',
    LINK_SECRET: 'short',
  });
  expect(problems).toEqual([
    'PORT: must be a whole number, for example 3000',
    expect.stringMatching(/^DATABASE_URL: must start with postgres:.*example/),
    expect.stringMatching(/^MAIL_FROM: .*example/),
    expect.stringMatching(/^TIMEZONE: .*Europe\/Berlin/),
    expect.stringMatching(/^SCHEDULE_SEND: .*"0 14 \* \* 2"/),
    'APPROVAL: must be automatic or required',
    expect.stringMatching(/^STAFF_EMAILS: .*example/),
    expect.stringMatching(/^LINK_SECRET: .*32 characters/),
  ]);
});

test('a time zone must be that of a place: PostgreSQL reads an offset with the opposite sign', () => {
  for (const TIMEZONE of ['+05:30', '-08:00', '+0530']) {
    expect(problemsOf({ TIMEZONE })).toEqual([expect.stringMatching(/^TIMEZONE: must be an IANA time zone/)]);
  }
  expect(problemsOf({ TIMEZONE: 'Asia/Kolkata' })).toEqual([]);
});

test('the short name of a time zone stands for a place, in PostgreSQL as well', async () => {
  const { db } = await createTestDatabase();
  for (const TIMEZONE of ['CET', 'EET', 'MET', 'WET', 'EST', 'IST', 'GB', 'Israel', 'UTC', 'Europe/Berlin']) {
    const { timezone } = readConfig({ TIMEZONE });
    const { rows } = await sql<{ time: string }>`
      select to_char('2026-07-01 12:00Z'::timestamptz at time zone ${timezone}, 'HH24:MI') as time`.execute(
      db,
    );
    const noon = new Date('2026-07-01T12:00:00Z');
    const time = noon.toLocaleTimeString('en-GB', { timeZone: TIMEZONE, hour: '2-digit', minute: '2-digit' });
    expect([TIMEZONE, rows[0]?.time]).toEqual([TIMEZONE, time]);
  }
});

test('staff settings that contradict each other are refused', () => {
  const STAFF_EMAILS = 'ann@example.net';
  const STUDIO_ORIGIN = 'https://studio.example.net';
  expect(readConfig({ STUDIO_ORIGIN, STAFF_EMAILS })).toMatchObject({ studio: 'sign-in', staffAdmins: [] });
  expect(readConfig({ STUDIO_ORIGIN, STAFF_EMAILS, STUDIO: 'off' }).studio).toBe('off');
  expect(readConfig({ ...real, STUDIO_ORIGIN, STAFF_EMAILS }).studio).toBe('sign-in');
  expect(problemsOf({ STUDIO_ORIGIN })).toEqual([
    expect.stringMatching(/^STUDIO_ORIGIN: requires STAFF_EMAILS/),
  ]);
  expect(problemsOf({ STUDIO_ORIGIN, STAFF_EMAILS, STUDIO: 'loopback' })).toEqual([
    expect.stringMatching(/^STUDIO: cannot be loopback with a STUDIO_ORIGIN/),
  ]);
  expect(problemsOf({ STUDIO_ORIGIN: 'http://studio.example.net', STAFF_EMAILS })).toEqual([
    expect.stringMatching(/^STUDIO_ORIGIN: must be https/),
  ]);
  expect(problemsOf({ STAFF_EMAILS, STAFF_ADMINS: 'bo@example.net' })).toEqual([
    'STAFF_ADMINS: bo@example.net must also be in STAFF_EMAILS',
  ]);
});

test('outgoing webhooks need a URL and secrets; error messages contain no part of a secret', () => {
  const secret = `whsec_${'A'.repeat(43)}=`;
  const { outgoingWebhooks } = readConfig({
    OUTGOING_WEBHOOKS: `HTTPS://CRM.example.net/Hook ${secret} ${secret}, https://b.example.net/ ${secret}`,
  });
  expect(outgoingWebhooks).toEqual([
    { url: 'https://crm.example.net/Hook', secrets: [secret, secret] },
    { url: 'https://b.example.net/', secrets: [secret] },
  ]);
  const refused = {
    'crm.example.net whsec_x': /must be comma-separated URLs/,
    'https://crm.example.net/hook': /crm\.example\.net needs a secret/,
    'https://crm.example.net/hook my-own-secret': /crm\.example\.net needs a secret/,
    [`https://ann:pass@crm.example.net ${secret}`]: /must be comma-separated URLs/,
    [`https://a.example.net ${secret},https://a.example.net/ ${secret}`]: /contains a URL twice/,
    [`http://crm.example.net ${secret}`]: /needs OUTGOING_WEBHOOKS_TO=any/,
  };
  for (const [OUTGOING_WEBHOOKS, problem] of Object.entries(refused)) {
    const problems = problemsOf({ OUTGOING_WEBHOOKS });
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(problems.join()).not.toMatch(/AAAA|my-own|pass@/);
  }
});

test('real sending requires settings without a safe default, and refuses the published local secret', () => {
  expect(problemsOf({ RESEND_API_KEY: 're_123' }).map((problem) => problem.split(':')[0])).toEqual([
    'PUBLIC_URL',
    'MAIL_FROM',
    'POSTAL_ADDRESS',
    'LINK_SECRET',
    'RESEND_WEBHOOK_SECRET',
  ]);
  const local = readConfig({}).linkSecrets.join(',');
  expect(problemsOf({ ...real, LINK_SECRET: local })).toEqual([
    expect.stringContaining('published local default'),
  ]);
});

test('with all required settings the configuration is read, and the staff pages are closed', () => {
  const config = readConfig(real);
  expect(config).toMatchObject({
    publicUrl: 'https://verdicts.example.net',
    studio: 'off',
    resendApiKey: 're_123',
  });
  expect(readConfig({}).studio).toBe('loopback');
});

test.each([
  ['LINK_SECRET', ','],
  ['LINK_SECRET', `${'s'.repeat(32)},${'s'.repeat(32)}`],
  ['RESEND_WEBHOOK_SECRET', 'nonsense!!'],
  ['SCHEDULE_SEND', 'H H * * 1'],
  ['SCHEDULE_SEND', '0 0 0 14 * 2'],
  ['SCHEDULE_SEND', '0 14 * *'],
  ['SCHEDULE_SEND', '0 14 1 * 2'],
  ['SCHEDULE_DRAFT', '0 6 31 * *'],
  ['SCHEDULE_DIGEST', '0 14 */10 * *'],
  ['SCHEDULE_CLOSE', '0 14 28-30 * *'],
  ['REVIEW_WINDOW', '4'],
  ['REVIEW_WINDOW', '200h'],
  ['DATABASE_URL', 'postgres://[broken'],
  ['RESEND_BASE_URL', 'foo:bar'],
  ['RESEND_API_KEY', 'ré'],
  ['PUBLIC_URL', 'https://user:word@example.net'],
  ['PUBLIC_URL', 'http://verdicts.example.net'],
])('%s=%s is refused', (name, value) => {
  expect(problemsOf({ ...real, [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name}: `))]);
});

test('without its key a real newsletter does not send to the local outbox', () => {
  for (const RESEND_API_KEY of ['', ' ']) {
    expect(problemsOf({ ...real, RESEND_API_KEY })).toEqual([
      expect.stringContaining('RESEND_API_KEY: missing beside RESEND_WEBHOOK_SECRET'),
    ]);
  }
  expect(readConfig({ PUBLIC_URL: real.PUBLIC_URL }).resendApiKey).toBeUndefined();
});

test('an ambiguous or invalid cron expression is refused with an explanation', () => {
  expect(problemsOf({ SCHEDULE_SEND: '0 14 1 * 2' })[0]).toContain('names a day of the month and a weekday');
  expect(problemsOf({ SCHEDULE_DIGEST: '0 14 30 * *' })[0]).toContain('falls on day 30, which some months');
  expect(problemsOf({ SCHEDULE_SEND: '0 14 * *' })[0]).toContain('five fields');
});

test('names of days and months are accepted in a schedule', () => {
  expect(readConfig({ SCHEDULE_SEND: '30 9 * JAN-DEC TUE,thu' }).schedules.send).toBe(
    '30 9 * JAN-DEC TUE,thu',
  );
});

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    return (error as AppError).problems;
  }
  return [];
}

test.each([
  ['MAIL_FROM', 'Weekly Verdicts <v@mail.example.net>', 'mailFrom', 'Weekly Verdicts <v@mail.example.net>'],
  [
    'MAIL_FROM',
    'Verdicts, weekly <v@mail.example.net>',
    'mailFrom',
    '"Verdicts, weekly" <v@mail.example.net>',
  ],
  [
    'MAIL_FROM',
    'AI: ship (or skip) <v@mail.example.net>',
    'mailFrom',
    '"AI: ship (or skip)" <v@mail.example.net>',
  ],
  [
    'MAIL_FROM',
    '"Verdicts, weekly" <v@mail.example.net>',
    'mailFrom',
    '"Verdicts, weekly" <v@mail.example.net>',
  ],
  [
    'MAIL_FROM',
    '"Weekly \\"Verdicts\\"" <v@mail.example.net>',
    'mailFrom',
    '"Weekly \\"Verdicts\\"" <v@mail.example.net>',
  ],
  ['MAIL_FROM', 'Bücher <v@BÜCHER.example>', 'mailFrom', 'Bücher <v@xn--bcher-kva.example>'],
  ['MAIL_REPLY_TO', 'Editors@BÜCHER.example', 'mailReplyTo', 'Editors@xn--bcher-kva.example'],
  ['UNSUBSCRIBE_MAILBOX', 'leave@IN.Example.net', 'unsubscribeMailbox', 'leave@in.example.net'],
  ['PUBLIC_URL', 'HTTPS://Verdicts.BÜCHER.example/', 'publicUrl', 'https://verdicts.xn--bcher-kva.example'],
  ['STUDIO_ORIGIN', 'HTTPS://Studio.Example.net/', 'studioOrigin', 'https://studio.example.net'],
  [
    'COMPARISON_URL',
    'HTTPS://Bücher.example/Vergleich/{slug}?x=1',
    'comparisonUrl',
    'https://xn--bcher-kva.example/Vergleich/{slug}?x=1',
  ],
  [
    'SITE_ORIGINS',
    'HTTPS://A.example/, https://b.example:444',
    'siteOrigins',
    ['https://a.example', 'https://b.example:444'],
  ],
  ['STAFF_EMAILS', 'Ann@EXAMPLE.net', 'staffEmails', ['Ann@example.net']],
  ['HOST', '::1', 'publicUrl', 'http://[::1]:3000'],
  ['HOST', '::', 'publicUrl', 'http://localhost:3000'],
  ['HOST', '0.0.0.0', 'publicUrl', 'http://localhost:3000'],
  ['HOST', '192.168.1.5', 'publicUrl', 'http://192.168.1.5:3000'],
  ['HOST', 'fd00::5', 'publicUrl', 'http://[fd00::5]:3000'],
] as const)('%s=%s is used as %s %s', (name, value, key, used) => {
  const extra: Record<string, string> = name === 'STUDIO_ORIGIN' ? { STAFF_EMAILS: 'ann@example.net' } : {};
  expect(readConfig({ ...extra, [name]: value })[key]).toEqual(used);
});

test.each([
  ['MAIL_FROM', 'Weekly Verdicts v@mail.example.net'],
  ['MAIL_FROM', 'Weekly Verdicts <jürgen@mail.example.net>'],
  ['MAIL_FROM', 'Weekly\u0007Verdicts <v@mail.example.net>'],
  ['TRUSTED_PROXIES', '10'],
  ['TRUSTED_PROXIES', '10.0.0.0/33'],
  ['SITE_ORIGINS', 'https://example.net/path'],
  ['COMPARISON_URL', 'https://example.net/compare'],
  ['COMPARISON_URL', 'https://{slug}.example.net/'],
  ['SIGN_UPS_PER_SOURCE', '0'],
  ['UNSUBSCRIBE_MAILBOX', 'unsubscribe'],
])('%s=%s is refused, and the message says what it must be', (name, value) => {
  expect(() => readConfig({ [name]: value })).toThrowError(
    expect.objectContaining({ problems: [expect.stringMatching(new RegExp(`^${name}: must be`))] }),
  );
});

test('a setting is read from the file that NAME_FILE names, without line breaks at its end', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'verdicts-settings-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const config = readConfig({
    PORT_FILE: write('port', '4711\n'),
    DATABASE_URL: 'postgres://verdicts@localhost/verdicts',
    DATABASE_PASSWORD_FILE: write('password', ' hush#/@?%: \r\n'),
  });
  expect(config.port).toBe(4711);
  const url = new URL(config.databaseUrl ?? '');
  expect([url.hostname, decodeURIComponent(url.password)]).toEqual(['localhost', ' hush#/@?%: ']);

  expect(problemsOf({ PORT_FILE: '/missing', PORT: '' })).toEqual([
    'PORT_FILE: /missing does not exist; write the value into it, or correct the path',
  ]);
  // A secret that somebody wrote there instead of a path must not get into the log.
  expect(problemsOf({ RESEND_API_KEY_FILE: 're_hush' })).toEqual([
    expect.stringMatching(/^RESEND_API_KEY_FILE: the file does not exist/),
  ]);
  // A device or a pipe would be read for ever.
  expect(problemsOf({ PORT_FILE: '/dev/zero' })).toEqual([expect.stringMatching(/is not a regular file/)]);
  expect(
    new URL(
      readConfig({ DATABASE_URL: 'postgres:///verdicts?host=/run/postgresql', DATABASE_PASSWORD: 'hu&sh' })
        .databaseUrl ?? '',
    ).searchParams.get('password'),
  ).toBe('hu&sh');
  expect(problemsOf({ PORT_FILE: write('empty', '\n') })).toEqual([
    expect.stringMatching(/^PORT_FILE: .* is empty/),
  ]);
  expect(problemsOf({ PORT_FILE: folder })).toEqual([
    expect.stringMatching(/^PORT_FILE: .* is not a regular file/),
  ]);
  expect(problemsOf({ PORT_FILE: write('long', 'x'.repeat(100_001)) })).toEqual([
    expect.stringMatching(/^PORT_FILE: .* is longer/),
  ]);
  expect(problemsOf({ PORT_FILE: write('set', '1'), PORT: '2' })).toEqual([
    'PORT: is set, and so is PORT_FILE; remove one of the two',
  ]);
  // A value that is not valid is reported as if it were in the environment, and a secret is not quoted.
  expect(problemsOf({ LINK_SECRET_FILE: write('secret', 'hush') }).join()).toMatch(
    /^LINK_SECRET: every secret must have at least 32/,
  );
});

test('database settings that contradict each other, and invalid names of roles, are refused', () => {
  const DATABASE_URL = 'postgres://verdicts:hush@localhost/verdicts';
  expect(problemsOf({ DATABASE_URL, DATABASE_PASSWORD: 'hush' })).toEqual([
    expect.stringMatching(/^DATABASE_PASSWORD: .*too/),
  ]);
  expect(problemsOf({ DATABASE_PASSWORD: 'hush' })).toEqual([
    expect.stringMatching(/^DATABASE_PASSWORD: requires a DATABASE_URL/),
  ]);
  expect(problemsOf({ DATABASE_URL, DATABASE_WEB_ROLE: 'one', DATABASE_WORKER_ROLE: 'one' })).toEqual([
    expect.stringMatching(/^DATABASE_WEB_ROLE: must differ/),
  ]);
  expect(problemsOf({ DATABASE_URL, DATABASE_WEB_ROLE: 'x; drop table' })).toEqual([
    expect.stringMatching(/^DATABASE_WEB_ROLE: must be the name/),
  ]);
});

const second = {
  MAIL_FROM_2: 'Weekly Verdicts <verdicts@news.example.net>',
  RESEND_API_KEY_2: 're_456',
  RESEND_WEBHOOK_SECRET_2: 'whsec_b3RoZXI=',
};

test('a further lane is another team with its domain, or another domain of a known team', () => {
  const { furtherLanes } = readConfig({
    ...real,
    ...second,
    WARM_UP_FROM_2: '2026-12-01',
    WARM_UP_CEILINGS: '5,10',
    MAIL_FROM_4: 'Weekly Verdicts <verdicts@third.example.net>',
    MAIL_FROM_5: 'Weekly Verdicts <verdicts@fifth.example.net>',
    RESEND_API_KEY_5: 're_456',
  });
  expect(furtherLanes).toEqual([
    {
      number: 2,
      apiKey: 're_456',
      webhookSecret: 'whsec_b3RoZXI=',
      mailFrom: second.MAIL_FROM_2,
      warmUp: { from: '2026-12-01', ceilings: [5, 10] },
    },
    {
      number: 4,
      apiKey: 're_123',
      webhookSecret: undefined,
      mailFrom: 'Weekly Verdicts <verdicts@third.example.net>',
      warmUp: undefined,
    },
    {
      number: 5,
      apiKey: 're_456',
      webhookSecret: undefined,
      mailFrom: 'Weekly Verdicts <verdicts@fifth.example.net>',
      warmUp: undefined,
    },
  ]);
});

test.each([
  [{ MAIL_FROM_2: '' }, 'MAIL_FROM_2: required for lane 2: a name and an address at a domain of its own'],
  [
    { RESEND_WEBHOOK_SECRET_2: '' },
    'RESEND_WEBHOOK_SECRET_2: required with RESEND_API_KEY_2: each team signs its own webhook',
  ],
  [
    { MAIL_FROM_3: 'Others <others@NEWS.example.net>', RESEND_API_KEY_3: 're_456' },
    'MAIL_FROM_3: lane 2 sends from that domain with that key, too; a lane needs another domain or another team',
  ],
  [
    { MAIL_FROM_2: 'Others <others@mail.example.net>', RESEND_API_KEY_2: '', RESEND_WEBHOOK_SECRET_2: '' },
    'MAIL_FROM_2: lane 1 sends from that domain with that key, too; a lane needs another domain or another team',
  ],
  [
    { WARM_UP_FROM_5: '2026-12-01' },
    'MAIL_FROM_5: required for lane 5: a name and an address at a domain of its own',
  ],
])('an impossible lane is refused: %o', (changes, problem) => {
  expect(problemsOf({ ...real, ...second, ...changes })).toEqual([problem]);
});

test('a second key without a first one is refused', () => {
  expect(problemsOf(second)).toEqual([
    'RESEND_API_KEY_2: is set, but RESEND_API_KEY is not, which lane 1 needs',
  ]);
});
