import { expect, test } from 'vitest';
import { runCommand } from '../support/run-command.ts';
import { administer, createEmptyDatabase } from '../support/test-database.ts';
import { expectFullWeek } from './full-week.ts';

const nameOf = (url: string) => new URL(url).pathname.slice(1);

/** As a DBA may set them; settings of the server or the role reach a connection the same way. */
const SETTINGS: Record<string, Record<string, string>> = {
  'German dates, another zone, repeatable reads and an empty search path': {
    DateStyle: 'German',
    IntervalStyle: 'iso_8601',
    TimeZone: 'America/New_York',
    bytea_output: 'escape',
    default_transaction_isolation: 'repeatable read',
    default_transaction_deferrable: 'on',
    search_path: '',
  },
  'serializable transactions and tight timeouts': {
    default_transaction_isolation: 'serializable',
    DateStyle: 'SQL, DMY',
    statement_timeout: '15ms',
    lock_timeout: '1ms',
    idle_in_transaction_session_timeout: '5ms',
    // A busy machine takes longer than 50 ms from the connection to its settings.
    idle_session_timeout: '250ms',
    synchronous_commit: 'off',
    quote_all_identifiers: 'on',
  },
};

test.each(Object.entries(SETTINGS))(
  'a week works on a database with %s',
  { timeout: 60_000 },
  async (_, settings) => {
    const url = await createEmptyDatabase();
    for (const [name, value] of Object.entries(settings)) {
      await administer(`alter database ${nameOf(url)} set ${name} = '${value}'`);
    }
    await expectFullWeek(url);
  },
);

test('tables in a dedicated schema stay there', { timeout: 60_000 }, async () => {
  const url = await createEmptyDatabase();
  await administer('create schema newsletter', url);
  await administer(`alter database ${nameOf(url)} set search_path = newsletter, public`);
  await expectFullWeek(url);
  // The tables are found in their schema even after the search path has changed.
  await administer(`alter database ${nameOf(url)} reset search_path`);
  // Installed now: commands run by the real clock, by which the issues after that week were missed.
  await administer('update newsletter.installation set created_at = now()', url);
  expect(await runCommand(['doctor'], { DATABASE_URL: url })).toMatchObject({ code: 0 });
  expect(await runCommand(['subscribers', 'export'], { DATABASE_URL: url })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('delivered+1@resend.dev'),
  });
});

test.each(['tr-TR', 'az-AZ', 'de-DE'])(
  'a week works on a database with the case mapping of %s',
  { timeout: 60_000 },
  async (locale) => {
    await expectFullWeek(
      await createEmptyDatabase(`template template0 locale_provider icu icu_locale '${locale}' locale 'C'`),
    );
  },
);

test('migrate refuses a database whose encoding cannot store every name, in one sentence', async () => {
  const url = await createEmptyDatabase(`template template0 encoding 'LATIN1' locale 'C'`);
  expect(await runCommand(['migrate'], { DATABASE_URL: url })).toEqual({
    code: 1,
    stdout: '',
    stderr: `The database is encoded as LATIN1, which cannot hold every name: create it with encoding 'UTF8'.\n`,
  });
});

test.each([
  ['nothing listens on the port', 'postgres://nobody@127.0.0.1:9/verdicts', 'cannot be used'],
  ['there is no such host', 'postgres://nobody@no-such-host.invalid/verdicts', 'cannot be used'],
])('when %s, one sentence says so', async (_, DATABASE_URL, words) => {
  const commands = [['migrate'], ['start', '--only', 'worker'], ['doctor']];
  const outcomes = await Promise.all(commands.map((args) => runCommand(args, { DATABASE_URL })));
  for (const { code, stdout, stderr } of outcomes) {
    expect([code, stdout + stderr]).toEqual([1, expect.stringContaining(words)]);
    expect(stdout + stderr).not.toContain('    at ');
  }
});

test('a role that may not create tables gets a one-sentence error', async () => {
  const url = new URL(await createEmptyDatabase());
  await administer(`create role reader_of_${nameOf(url.href)} login password 'x'`);
  url.username = `reader_of_${nameOf(url.href)}`;
  url.password = 'x';
  const { code, stderr } = await runCommand(['migrate'], { DATABASE_URL: url.href });
  expect([code, stderr]).toEqual([1, expect.stringContaining('permission denied for schema public')]);
  expect(stderr).not.toContain('    at ');
});
