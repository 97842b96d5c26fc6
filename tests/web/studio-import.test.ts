import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { deleteOldUploads } from '../../src/subscribers/transfer/uploaded-import.ts';
import { expectNoFault } from '../support/axe.ts';
import { hasChromium, openBrowser } from '../support/chromium.ts';
import { seedReaders } from '../support/seed.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const CSV = [
  'email,consent_source,confirmed_at',
  'one@example.org,form,2026-01-02',
  'two@example.org,form,2026-01-02',
  'nobody,form,2026-01-02',
  '',
].join('\n');

async function upload(app: TestApp, text: string, fields: Record<string, string> = {}) {
  const body = new FormData();
  body.set('file', new File([text], 'list.csv'));
  Object.entries(fields).forEach(([name, value]) => body.set(name, value));
  const response = await app.request('/studio/import/readers', {
    method: 'POST',
    body,
    headers: { origin: app.url },
  });
  return response.headers.get('location') ?? `${response.status}: ${await response.text()}`;
}

const load = async (app: TestApp, path: string) => (await app.request(path)).text();
const listAddresses = async ({ context: { db } }: TestApp) =>
  (await db.selectFrom('subscribers').select('email').orderBy('email').execute()).map(({ email }) => email);

test('a list is checked, shown, and imported once it is confirmed; the log says by whom, and the file is deleted', async () => {
  const app = await createTestApp();
  const { db } = app.context;
  const page = await upload(app, CSV);
  expect(await load(app, page)).toContain('Looking through the file');
  expect((await app.post(page)).status).toBe(409);
  await app.drain();
  const shown = await load(app, page);
  expect(shown).toContain('2 to add');
  expect(shown).toContain('line 4: ');
  expect(await listAddresses(app)).toEqual([]);
  expect((await app.post(page)).status).toBe(303);
  expect(await load(app, page)).toContain('Importing');
  await app.drain();
  expect(await load(app, page)).toContain('2 added');
  expect(await listAddresses(app)).toEqual(['one@example.org', 'two@example.org']);
  expect((await app.post(page)).status).toBe(409);
  expect(await db.selectFrom('reader_import_chunks').select('position').execute()).toEqual([]);
  const log = await db.selectFrom('audit_log').select(['action', 'via', 'request']).execute();
  expect(log).toEqual([{ action: 'import readers', via: 'studio', request: { added: '2', refused: '1' } }]);
  expect(JSON.stringify(log)).not.toContain('@');
  // A week later nothing of it is left.
  app.clock.now = new Date(app.clock.now.getTime() + 8 * 86_400_000);
  await deleteOldUploads(app.context);
  expect(await db.selectFrom('reader_imports').select('id').execute()).toEqual([]);
});

test('a long list is imported over a single connection too', async () => {
  const app = await createTestApp({ DATABASE_POOL: '1' });
  const long = Array.from({ length: 30_000 }, (_, index) => `reader${index}@example.org,form,2026-01-02\n`);
  const page = await upload(app, CSV + long.join(''));
  await app.drain();
  await app.post(page);
  await app.drain();
  expect(await load(app, page)).toContain('30,002 added');
});

test('an import that PostgreSQL refuses ends with the reason, and is not tried again', async () => {
  const app = await createTestApp();
  // As somebody may have added to their database.
  await sql`alter table subscribers add constraint ours check (consent_source <> 'the fair')`.execute(
    app.context.db,
  );
  const file = `email,status,consent_source,requested_at
ann@example.org,pending,the fair,2026-01-01
`;
  const page = await upload(app, file);
  await app.drain();
  await app.post(page);
  await app.drain();
  expect(await load(app, page)).toContain('violates check constraint');
  expect(await listAddresses(app)).toEqual([]);
});

test('a list that cannot be imported says why', async () => {
  const app = await createTestApp();
  const page = await upload(app, 'name,age\nAnn,3\n');
  await app.drain();
  expect(await load(app, page)).toContain('This file cannot be imported');
  expect(await load(app, page)).toContain('email');
  expect(await app.context.db.selectFrom('reader_import_chunks').select('position').execute()).toEqual([]);
  expect(await upload(app, '')).toContain('Choose a file with a header line');
  expect(await upload(app, 'x'.repeat(33 * 1024 * 1024))).toMatch(
    /^413[^]*That is larger than the limit of 32 MB/,
  );
});

test('all readers are exported as on the command line, and that is in the log', async () => {
  const app = await createTestApp();
  await seedReaders(app.context.db, 3);
  const response = await app.request('/studio/export/readers.csv');
  const text = await response.text();
  expect(response.headers.get('content-disposition')).toContain('readers.csv');
  expect(text.trim().split('\r\n')).toHaveLength(4);
  expect(await load(app, '/studio/log')).toContain('export readers');
});

test('the log is filtered by who, what and the issue, without an address in a URL, and exported', async () => {
  const app = await createTestApp();
  const entry = {
    at: new Date(),
    via: 'studio',
    request: '{}',
    before: 'null',
    after: 'null',
    outcome: 'done',
  } as const;
  await app.context.db
    .insertInto('audit_log')
    .values([
      { ...entry, actor: 'ann@example.net', action: 'hold', week: '2026-W48' },
      { ...entry, actor: 'bo@example.net', action: 'approve', week: '2026-W47' },
      { ...entry, actor: '=cmd()', action: 'erase', week: null },
    ])
    .execute();
  const page = await load(app, '/studio/log');
  const key = /<option value="(\w+)">ann@example\.net/.exec(page)?.[1];
  expect(page).not.toMatch(/(?:value|href)="[^"]*@/);
  const shown = async (query: string) =>
    [...(await load(app, `/studio/log${query}`)).matchAll(/<strong>([^<]*)<\/strong>: (\w+)/g)].map(
      ([, who, what]) => `${who} ${what}`,
    );
  expect(await shown('')).toEqual(['=cmd() erase', 'bo@example.net approve', 'ann@example.net hold']);
  expect(await shown(`?who=${key}`)).toEqual(['ann@example.net hold']);
  expect(await shown('?what=approve')).toEqual(['bo@example.net approve']);
  expect(await shown('?week=2026-W48')).toEqual(['ann@example.net hold']);
  expect(await shown('?who=unknown')).toEqual([]);
  expect(await shown('?before=2')).toEqual(['ann@example.net hold']);
  const csv = await load(app, '/studio/log.csv?what=erase');
  expect(csv.split('\r\n')[1]).toMatch(/,'=cmd\(\),studio,erase,/);
});

test.skipIf(!hasChromium)(
  'an import in a real browser, whose page updates itself; axe finds no fault',
  { timeout: 60_000 },
  async () => {
    const app = await createTestApp();
    const page = await (await openBrowser()).newPage({ bypassCSP: true });
    await page.goto(`${app.url}/studio/readers`);
    await page.getByRole('link', { name: 'Import readers' }).click();
    await expectNoFault(page, 'the form');
    await page
      .getByLabel(/^File/)
      .setInputFiles({ name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from(CSV) });
    await page.getByRole('button', { name: 'See what it would do' }).click();
    await page.getByRole('heading', { name: 'Looking through the file' }).waitFor();
    await expectNoFault(page, 'looking through');
    await app.drain();
    await page.getByRole('button', { name: 'Add 2 readers' }).waitFor();
    await expectNoFault(page, 'what it would do');
    await page.getByRole('button', { name: 'Add 2 readers' }).click();
    await page.getByRole('heading', { name: 'Importing' }).waitFor();
    await app.drain();
    await page.getByText('2 added').waitFor();
    await expectNoFault(page, 'imported');
    for (const path of [
      '/studio/log',
      '/studio/content',
      '/studio/content?kind=reviewers',
      '/studio/content/reviewers/builder',
      '/studio/import/content',
      '/studio/new/tools',
      '/studio/new/comparisons',
    ]) {
      await page.goto(app.url + path);
      await expectNoFault(page, path);
    }
  },
);

test('a file whose columns have other names is read as the form says, which is kept for the next try', async () => {
  const app = await createTestApp();
  const file =
    'Email,Created at,Cancel date\none@example.org,2026-01-02,\ntwo@example.org,2026-01-02,2026-02-03\n';
  const refused = await upload(app, file, { consent_source: 'our old newsletter' });
  await app.drain();
  const why = await load(app, refused);
  expect(why).toContain('it has a column cancel date');
  const again = /href="(\/studio\/import\/readers\?like=\d+)"/.exec(why)?.[1] ?? '';
  expect(await load(app, again)).toContain('value="our old newsletter"');
  const page = await upload(app, file, {
    consent_source: 'our old newsletter',
    'column:email': 'Email',
    'column:confirmed_at': 'Created at',
    'column:left_at': 'Cancel date',
  });
  await app.drain();
  const shown = await load(app, page);
  expect(shown).toContain('1 to add');
  expect(shown).toContain('1 to keep as unsubscribed');
});

test('a column of addresses may be called as spreadsheets call it', async () => {
  const app = await createTestApp();
  const page = await upload(
    app,
    'Vorname;E-Mail;consent_source;confirmed_at\nAnn;ann@example.org;form;2026-01-02\n',
  );
  await app.drain();
  expect(await load(app, page)).toContain('1 to add');
});

test('words for a status that nobody knows are named, refused lines come as a file, and their most frequent reasons first', async () => {
  const app = await createTestApp();
  const lines = Array.from(
    { length: 150 },
    (_, number) => `reader${number}@example.org,,2026-01-02,active\n`,
  );
  const odd = 'odd@example.org,form,2026-01-02,banana\n';
  const page = await upload(app, `email,consent_source,confirmed_at,status\n${odd}${lines.join('')}`);
  await app.drain();
  const shown = await load(app, page);
  expect(shown).toContain('Not known as a status, so to keep as unsubscribed: “banana”');
  expect(shown).toContain('<strong>150 lines</strong>: consent_source is missing');
  expect(shown).toContain('And 50 more.');
  const csv = await load(app, `${page}/refused.csv`);
  expect(csv.trim().split('\r\n')).toHaveLength(151);
});

test('a file with nobody to add has no button that adds them', async () => {
  const app = await createTestApp();
  const page = await upload(app, 'email,consent_source,confirmed_at\nnobody,form,2026-01-02\n');
  await app.drain();
  const shown = await load(app, page);
  expect(shown).toContain('There is nobody in it to add');
  expect(shown).not.toContain('Add 0 readers');
});
