import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { sql } from 'kysely';
import PostalMime from 'postal-mime';
import { linkKeyId } from '../../src/links/tokens.ts';
import { expect, onTestFinished, test } from 'vitest';
import { createProgram } from '../../src/commands/command-line.ts';
import { hideTokens } from '../support/hide-tokens.ts';
import { runCommand } from '../support/run-command.ts';
import { runVerdicts } from '../support/run-verdicts.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestDatabase } from '../support/test-database.ts';

const YESTERDAY = new Date(Date.now() - 86_400_000).toISOString();

async function createSetup(readers = 5, runIt = runCommand) {
  const { db, url } = await createTestDatabase();
  await seedContent(db, YESTERDAY);
  await db
    .updateTable('tools')
    .set({ price_checked_on: YESTERDAY.slice(0, 10) })
    .execute();
  await seedReaders(db, readers);
  const folder = mkdtempSync(path.join(tmpdir(), 'verdicts-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return { db, folder, run: (...args: string[]) => runIt(args, { DATABASE_URL: url }) };
}

test('exactly these commands exist, each with --help and --json', () => {
  const listCommands = (command: Command, names: string): { name: string; command: Command }[] =>
    command.commands.length === 0
      ? [{ name: names, command }]
      : command.commands.flatMap((child) => listCommands(child, `${names} ${child.name()}`.trim()));
  const commands = listCommands(createProgram(), '');
  for (const { name, command } of commands) {
    expect(command.helpInformation(), name).toMatch(/--json/);
    expect(command.helpInformation(), name).toMatch(/-h, --help/);
    expect(command.description(), name).not.toBe('');
  }
  expect(commands.map(({ name }) => name).toSorted()).toEqual(
    [
      'start',
      'migrate',
      'doctor',
      'restored',
      'content import',
      'content list',
      ...[
        'draft',
        'list',
        'show',
        'check',
        'edit',
        'preview',
        'digest',
        'approve',
        'hold',
        'release',
        'take-facts',
        'withdraw',
        'move',
        'skip',
        'unskip',
        'pause',
        'resume',
        'cancel',
        'test',
        'send',
        'status',
        'recipients',
        'send-again',
        'count-as-sent',
      ].map((verb) => `issue ${verb}`),
      ...['add', 'import', 'export', 'show', 'unsubscribe', 'suppress', 'forget'].map(
        (verb) => `subscribers ${verb}`,
      ),
      'votes tally',
      'votes close',
      'votes crowds',
      'votes held',
      'votes release',
      'votes void',
      'keys rotate',
      'lanes list',
      'lanes pause',
      'lanes resume',
      'webhooks list',
      'webhooks test',
      'webhooks replay',
      'webhooks secret',
    ].toSorted(),
  );
});

test('invalid usage: exit code 2', async () => {
  const usages = [
    ['frobnicate'],
    ['issue', 'show'],
    ['issue', 'draft', '--wek', '2026-W48'],
    ['start', '--only', 'everything'],
    ['issue', 'recipients', 'latest', '--status', 'lost'],
    [],
  ];
  const outcomes = await Promise.all(usages.map((args) => runVerdicts(args)));
  for (const [index, { code, stdout, stderr }] of outcomes.entries()) {
    expect({ args: usages[index], code, stdout }).toEqual({ args: usages[index], code: 2, stdout: '' });
    expect(stderr).not.toBe('');
  }
});

test('all invalid settings are listed with exit code 1, before anything is opened', async () => {
  const { code, stderr } = await runVerdicts(['issue', 'list'], { PORT: 'x', TIMEZONE: 'y' });
  expect(code).toBe(1);
  expect(stderr).toMatch(/PORT: .*\n.*TIMEZONE: /);
});

test('only web processes can share a port', async () => {
  const { code, stderr } = await runVerdicts(['start', '--share-port'], { LOG_LEVEL: 'silent' });
  expect(code).toBe(1);
  expect(stderr).toContain('--share-port requires --only web');
});

test('an unreachable database is reported with its address and without the password', async () => {
  const DATABASE_URL = 'postgres://me:hush@127.0.0.1:1/verdicts';
  const commands = [['issue', 'list'], ['migrate'], ['start', '--only', 'worker']];
  const outcomes = await Promise.all(commands.map((args) => runVerdicts(args, { DATABASE_URL })));
  for (const { code, stderr } of outcomes) {
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The database 127\.0\.0\.1:1\/verdicts cannot be used: .*ECONNREFUSED/);
    expect(stderr).not.toMatch(/hush| at /);
  }
});

test(
  'the command line covers everything from the draft to the final count, with one JSON document per step',
  { timeout: 90_000 },
  async () => {
    const { db, folder, run } = await createSetup(5, runVerdicts);
    const json = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(...args, '--json');
      expect(stderr, args.join(' ')).toBe('');
      expect(code, args.join(' ')).toBe(0);
      return JSON.parse(stdout) as Record<string, unknown>;
    };
    expect(await json('issue', 'draft')).toMatchObject({ kind: 'drafted', number: 1, status: 'draft' });
    expect(await json('issue', 'show', 'latest')).toMatchObject({
      choice: { picks: [{ slug: 'harborlight-vs-quillbench', reasons: expect.any(Array) }, {}, {}] },
    });
    expect(await json('issue', 'check', 'latest')).toMatchObject({ findings: [] });
    expect(await json('issue', 'hold', 'latest', '--reason', 'a look')).toMatchObject({
      status: 'held',
      status_reason: 'a look',
    });
    expect(await json('issue', 'release', 'latest')).toMatchObject({ status: 'draft' });
    expect(await json('issue', 'approve', 'latest')).toMatchObject({ status: 'approved' });
    await json('issue', 'test', 'latest', '--to', 'delivered+test@resend.dev');
    expect(await json('issue', 'send', 'latest', '--wait', '--yes')).toMatchObject({
      status: 'sent',
      deliveries: { submitted: 5 },
    });
    // Only now: the mail's closing day is that of the week in which it goes out, whenever this test runs.
    await json('issue', 'preview', 'latest', '--as', 'delivered+3@resend.dev', '--out', folder);
    expect(await json('issue', 'status', 'latest')).toMatchObject({ deliveries: { submitted: 5 } });
    expect(await json('issue', 'recipients', 'latest', '--status', 'submitted')).toHaveLength(5);
    expect(await json('votes', 'tally', 'latest')).toMatchObject({ is_closed: false, tallies: [] });
    expect(await json('votes', 'close', 'latest')).toMatchObject({ is_closed: true });
    expect(await json('doctor')).toMatchObject({ findings: expect.any(Array) });

    const sent = await db
      .selectFrom('outbox.mails')
      .selectAll()
      .where(sql<boolean>`to_addresses @> array['delivered+3@resend.dev']`)
      .executeTakeFirstOrThrow();
    const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');
    expect(hideTokens(read('issue.html'))).toBe(hideTokens(sent.html));
    expect(hideTokens(read('issue.txt'))).toBe(hideTokens(sent.text));
    expect(JSON.parse(hideTokens(read('headers.json')))).toMatchObject({
      To: 'delivered+3@resend.dev',
      Subject: sent.subject,
      ...(JSON.parse(hideTokens(JSON.stringify(sent.headers))) as object),
    });
    expect(read('mail.eml')).not.toMatch(/(?<!\r)\n|\r(?!\n)/);
    const mail = await PostalMime.parse(read('mail.eml'));
    expect(hideTokens(mail.html?.trim())).toBe(hideTokens(sent.html?.trim()));
    expect(hideTokens(mail.text?.trim())).toBe(hideTokens(sent.text?.trim()));
    expect(mail.subject).toBe(sent.subject);
    expect(read('mail.eml')).toMatch(/Content-Transfer-Encoding: quoted-printable/);
  },
);

test('impossible operations are refused with a message and exit code 1', { timeout: 60_000 }, async () => {
  const { db, folder, run } = await createSetup(0);
  const refused = async (words: RegExp, ...args: string[]) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: '' });
    expect(stderr).toMatch(words);
  };
  await Promise.all([
    refused(/no issue yet/, 'issue', 'show', 'latest'),
    refused(/"2026-W99" is not a week/, 'issue', 'show', '2026-W99'),
    refused(/There is no issue for 2020-W01/, 'issue', 'send', '2020-W01'),
    refused(/is more than 4 weeks away/, 'issue', 'draft', '--week', '2019-W40'),
    refused(/does not exist/, 'content', 'import', path.join(folder, 'missing.json')),
    refused(/no such file/i, 'subscribers', 'import', path.join(folder, 'missing.csv')),
    refused(/There is no @/, 'subscribers', 'add', 'nobody'),
    refused(/never has one/, 'start', '--empty'),
    refused(/There is no subscriber with this address/, 'subscribers', 'forget', 'nobody@resend.dev'),
    refused(
      /There is no subscriber with this address/,
      'subscribers',
      'suppress',
      'nobody@resend.dev',
      '--why',
      'x',
    ),
  ]);
  await run('issue', 'draft');
  const { code, stderr } = await run('issue', 'test', 'latest', '--to', 'someone@example.com');
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/The test copy was not submitted: .*testing email address/),
  ]);
  await Promise.all([
    refused(/only a held one/, 'issue', 'release', 'latest'),
    refused(/--out cannot be written/, 'issue', 'preview', 'latest', '--out', '/proc/nothing'),
    refused(/must be sending or paused/, 'issue', 'pause', 'latest'),
    refused(/was not sent/, 'votes', 'close', 'latest'),
  ]);
  await db
    .updateTable('issues')
    .set({ status: 'sent', prepared_at: new Date(), sent_at: new Date() })
    .execute();
  // Refused at once, without asking for confirmation.
  await refused(/is sent; it must be/, 'issue', 'cancel', 'latest');
});

test('an invalid content file is refused as a whole with every location, and changes nothing', async () => {
  const { db, folder, run } = await createSetup(0);
  const before = await db.selectFrom('tools').selectAll().execute();
  const file = path.join(folder, 'bad.json');
  writeFileSync(
    file,
    JSON.stringify({
      reviewers: [],
      tools: [{ slug: 'x', name: 'X'.repeat(61) }],
      comparisons: [{ slug: 'x-vs-x', tools: ['x', 'x'] }],
    }),
  );
  const { code, stderr } = await run('content', 'import', file);
  expect(code).toBe(1);
  expect(stderr).toMatch(/tools\[0\]\.name: /);
  expect(stderr).toMatch(/comparisons\[0\]/);
  expect(await db.selectFrom('tools').selectAll().execute()).toEqual(before);
});

test('importing a list adds the valid lines, reports the invalid ones and exits 1; a second import changes nothing', async () => {
  const { db, folder, run } = await createSetup(0);
  const file = path.join(folder, 'readers.csv');
  writeFileSync(
    file,
    'email,consent_source,confirmed_at\nann@resend.dev,form,2026-01-02T00:00:00Z\nnobody,form,2026-01-02T00:00:00Z\nbo@resend.dev,form,2026-02-30T00:00:00Z\n',
  );
  const first = await run('subscribers', 'import', file);
  expect(first.code).toBe(1);
  expect(first.stdout).toMatch(
    /^1 added, 0 unchanged, 2 refused\nRead as a list.*\nline 3: .*\nline 4: .*\nThe refused lines are in /,
  );
  const second = await run('subscribers', 'import', file);
  expect(second.stdout).toMatch(/^0 added, 1 unchanged, 2 refused/);
  expect((await db.selectFrom('subscribers').select('email').execute()).map((row) => row.email)).toEqual([
    'ann@resend.dev',
  ]);
  const exported = await run('subscribers', 'export', '--json');
  expect(JSON.parse(exported.stdout)).toMatchObject([{ email: 'ann@resend.dev', status: 'active' }]);
  for (const [verb, status] of [
    ['unsubscribe', 'unsubscribed'],
    ['suppress', 'unsubscribed'],
  ] as const) {
    expect((await run('subscribers', verb, 'ann@resend.dev')).code).toBe(2);
    const done = await run('subscribers', verb, 'Ann@resend.dev', '--why', 'asked by letter', '--json');
    expect(JSON.parse(done.stdout)).toMatchObject({ status });
  }
  expect(await db.selectFrom('subscribers').select('suppressed_reason').execute()).toEqual([
    { suppressed_reason: 'by staff' },
  ]);
  const logged = await db
    .selectFrom('audit_log')
    .select('request')
    .where('action', '=', 'suppress')
    .execute();
  expect(logged).toMatchObject([{ request: { why: 'asked by letter' } }]);
  expect((await run('subscribers', 'forget', 'ann@resend.dev')).code).toBe(0);
  expect((await run('subscribers', 'import', file)).stdout).toMatch(/^0 added, 0 unchanged, 3 refused/);
});

test(
  'a new secret is put before the old ones, and a database with an old schema is refused',
  { timeout: 60_000 },
  async () => {
    const old = 'an-old-secret-that-is-long-enough-for-links';
    const { stdout } = await runVerdicts(['keys', 'rotate', '--json'], { LINK_SECRET: old });
    expect(JSON.parse(stdout)).toMatchObject({
      LINK_SECRET: expect.stringMatching(new RegExp(`^[\\w-]{43},${old}$`)),
    });
    // One secret for each id that there can be.
    const secrets = new Map(
      Array.from({ length: 2_000 }, (_, number) => `a-secret-that-is-long-enough-for-links-${number}`).map(
        (secret) => [linkKeyId(secret), secret] as const,
      ),
    );
    expect(secrets.size).toBe(64);
    expect(
      await runVerdicts(['keys', 'rotate'], { LINK_SECRET: [...secrets.values()].join(',') }),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the most there can be'),
    });
    const two = await runVerdicts(['keys', 'rotate'], { LINK_SECRET: old });
    expect(two.stdout).toMatch(new RegExp(`LINK_SECRET=${old},[\\w-]{43}\\n`));
    // Whatever the other settings are: a leaked secret has to be replaced.
    const live = await runVerdicts(['keys', 'rotate', '--json'], {
      LINK_SECRET: old,
      RESEND_API_KEY: 're_live',
      RESEND_WEBHOOK_SECRET: 'whsec_c2V2ZXJhbCBtYWNoaW5lcyBhbmQgb25lIG91dGJveA==',
      PUBLIC_URL: 'https://verdicts.example.net',
      RESEND_API_KEY_2: 're_other',
      SCHEDULE_SEND: 'not a time',
    });
    expect([live.code, JSON.parse(live.stdout)]).toEqual([
      0,
      { LINK_SECRET: expect.stringMatching(new RegExp(`,${old}$`)) },
    ]);
    const { run } = await createSetup(0);
    expect(await run('migrate', '--down')).toMatchObject({ code: 0 });
    expect(await run('issue', 'list')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('verdicts migrate'),
    });
    expect(await run('migrate')).toMatchObject({ code: 0, stdout: expect.stringContaining('Applied') });
    expect(await run('issue', 'list')).toMatchObject({ code: 0 });
  },
);

test('sending an unapproved issue or that of another week, and cancelling, ask first; scripts pass --yes', async () => {
  const { db, run } = await createSetup(3);
  await run('issue', 'draft');
  expect(await run('issue', 'send', 'latest')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/to 3 readers, although nobody has approved it\. Add --yes to do it\./),
  });
  await run('issue', 'approve', 'latest');
  await db.updateTable('issues').set({ week: '2026-W02', send_at: null }).execute();
  expect(await run('issue', 'send', 'latest')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('although it is not this week’s'),
  });
  expect(await run('issue', 'skip', 'latest')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('unskip'),
  });
  await db.updateTable('issues').set({ status: 'approved', cancelled_at: null }).execute();
  expect((await run('issue', 'send', 'latest', '--yes')).code).toBe(0);
  expect(await run('issue', 'cancel', 'latest')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('cancels 3 mails'),
  });
  expect((await run('issue', 'cancel', 'latest', '--yes')).code).toBe(0);
  const entries = await db.selectFrom('audit_log').select(['actor', 'via', 'action']).orderBy('id').execute();
  expect(entries).toEqual(
    ['draft', 'approve', 'skip', 'send', 'cancel'].map((action) => ({
      actor: userInfo().username,
      via: 'command line',
      action,
    })),
  );
});

test('staff settle unknown mails on the command line', async () => {
  const { db, run } = await createSetup(3);
  await run('issue', 'draft');
  await run('issue', 'send', 'latest', '--wait', '--yes');
  // The state after 23 hours without an answer.
  await db
    .updateTable('deliveries')
    .set({
      status: 'unknown',
      reason: 'no answer within 23 hours',
      submitted_at: null,
      unknown_at: new Date(),
    })
    .execute();
  await db.updateTable('batches').set({ status: 'unknown' }).execute();
  expect((await run('issue', 'status', 'latest')).stdout).toContain('3 mails have an unknown outcome');
  expect((await run('doctor', '--json')).stdout).toContain('have an unknown outcome');
  const counted = await run(
    'issue',
    'count-as-sent',
    'latest',
    '--email',
    'delivered+2@resend.dev',
    '--by',
    'ann',
  );
  expect(counted).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^1 mail of .* counts as sent\.\n$/),
  });
  const again = await run('issue', 'send-again', 'latest', '--status', 'unknown', '--by', 'ann', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ readers: 2 });
  const listed = JSON.parse((await run('issue', 'recipients', 'latest', '--json')).stdout) as object[];
  expect(listed).toContainEqual(
    expect.objectContaining({
      email: 'delivered+2@resend.dev',
      status: 'submitted',
      decisions: expect.stringMatching(/^count as sent \(.* UTC, ann, command line\)$/),
    }),
  );
  expect(await run('issue', 'send-again', 'latest', '--status', 'unknown')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^No mail of .* is unknown\.\n$/),
  });
  expect(await run('issue', 'send-again', 'latest', '--status', 'delivered')).toMatchObject({ code: 2 });
  expect(await run('issue', 'send-again', 'latest')).toMatchObject({ code: 2 });
  await run('issue', 'send', 'latest', '--wait');
  const sent = await db.selectFrom('outbox.mails').select('to_addresses').execute();
  expect(sent).toHaveLength(5);
});
