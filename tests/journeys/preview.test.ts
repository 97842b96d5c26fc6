import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { runCommand } from '../support/run-command.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';
const READER = 'delivered+1@resend.dev';
const PERSONAL = /\/(?:v|i|preferences|unsubscribe)\/[\w-]{33}[^"&<>\s]*/g;
/** Everything that a reader's click may change. */
const TABLES = ['subscribers', 'suppressions', 'votes', 'casts', 'link_opens', 'issues'] as const;

test.each<[string, (app: TestApp) => Promise<string>]>([
  ['the studio’s view', async (app) => (await app.request(`/studio/issues/${WEEK}/copy`)).text()],
  [
    'the studio’s text and headers',
    async (app) =>
      (await (await app.request(`/studio/issues/${WEEK}?view=text`)).text()) +
      (await (await app.request(`/studio/issues/${WEEK}?view=headers`)).text()),
  ],
  ['the files of `issue preview`', writePreview],
  ['a test mail', sendTestMail],
])('no link of %s changes anything, whoever opens it', { timeout: 60_000 }, async (_, load) => {
  const app = await createTestApp();
  await seedContent(app.context.db);
  await seedReaders(app.context.db, 2);
  await draftIssue(app.context, WEEK);
  const links = [...new Set((await load(app)).match(PERSONAL))];
  expect(links.map((link) => link.split('/')[1])).toEqual(
    expect.arrayContaining(['v', 'preferences', 'unsubscribe']),
  );
  const before = await readTables(app.context.db);
  for (const link of links) {
    for (const send of [
      () => app.request(link),
      () => app.post(link, { 'List-Unsubscribe': 'One-Click', way: 'button', hand: '1', weeks: '8' }),
      () => app.post(`${link}/hand`),
    ]) {
      const response = await send();
      expect([link, response.status, await response.text()]).toEqual([
        link,
        200,
        expect.stringContaining('This was a preview'),
      ]);
    }
  }
  expect(await readTables(app.context.db)).toEqual(before);
});

test('the page of a preview link says what the reader’s own link does', async () => {
  const app = await createTestApp();
  await seedContent(app.context.db);
  await seedReaders(app.context.db, 1);
  await draftIssue(app.context, WEEK);
  const mail = await (await app.request(`/studio/issues/${WEEK}/copy`)).text();
  const [link = ''] = /\/v\/[\w-]{33}\/mossgate\/ship/.exec(mail) ?? [];
  expect(await (await app.request(link)).text()).toContain('it casts the vote “Ship Mossgate”');
  // With another purpose or a changed token it is not a preview link.
  expect((await app.request(link.replace('/v/', '/confirm/'))).status).toBe(404);
  expect(
    (await app.request(link.replace(/.(?=\/mossgate)/, (last) => (last === 'A' ? 'B' : 'A')))).status,
  ).toBe(404);
});

async function writePreview(app: TestApp): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'preview-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { code } = await runCommand(
    ['issue', 'preview', WEEK, '--as', READER, '--out', folder],
    settingsOf(app),
  );
  expect(code).toBe(0);
  return ['issue.html', 'issue.txt', 'headers.json']
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('\n');
}

async function sendTestMail(app: TestApp): Promise<string> {
  const { code, stderr } = await runCommand(['issue', 'test', WEEK, '--to', READER], settingsOf(app));
  expect([code, stderr]).toEqual([0, '']);
  const { html, text, headers } = await app.context.db
    .selectFrom('outbox.mails')
    .select(['html', 'text', 'headers'])
    .executeTakeFirstOrThrow();
  return [html, text, headers['List-Unsubscribe']].join('\n');
}

function settingsOf(app: TestApp): Record<string, string> {
  return { DATABASE_URL: app.databaseUrl, PUBLIC_URL: app.context.config.publicUrl };
}

async function readTables(db: Db): Promise<unknown[]> {
  return Promise.all(TABLES.map((table) => db.selectFrom(table).selectAll().execute()));
}
