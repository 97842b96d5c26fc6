import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { expect, onTestFinished, test } from 'vitest';
import { findComparison } from '../../src/comparisons/show/facts.ts';
import { importContent } from '../../src/comparisons/store/import-content.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { checkIssue } from '../../src/issues/check/check-issue.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { renderIssue } from '../../src/issues/render/render.tsx';
import { createTestApp } from '../support/test-app.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { exampleContent } from './example-content.ts';

interface Picture {
  alt: string;
  light: string;
  dark?: string;
}

const SLUG = 'acme-writer-vs-notely';
const jpeg = Buffer.from(
  'ffd8ffe000104a46494600010100000100010000ffc00011080060006003012200021101031101ffd9',
  'hex',
);

test('a tool’s picture is in the mail and on the page, in light and dark, and an old one stays for old mails', async () => {
  const app = await createTestApp();
  const folder = makeFolder({ 'acme.png': png(96, 'red'), 'acme-dark.png': png(128, 'blue') });
  const picture = { alt: 'a red square', light: 'acme.png', dark: 'acme-dark.png' };
  await importContent(app.context.db, withPicture(picture), { dryRun: false, folder });
  const [acme, notely] = (await findComparison(app.context.db, SLUG))?.tools ?? [];
  expect([acme?.picture?.alt, acme?.revision, notely?.picture]).toEqual(['a red square', 1, null]);
  await draftIssue(app.context, '2026-W48');
  const { content } = await getIssue(app.context.db, '2026-W48');
  const rendering = await renderIssue(content, app.context.config);
  expect(await checkIssue(content, rendering)).toEqual([]);
  const { html } = rendering;
  expect(html).toContain(`srcset="${app.context.config.publicUrl}/pictures/${acme?.picture?.dark}"`);
  expect(html).toContain(`src="${app.context.config.publicUrl}/pictures/${acme?.picture?.light}"`);
  expect(html).toMatch(/aria-label="a red square".*<img [^>]*alt="AW"/);
  const page = await (await app.request(`/comparisons/${SLUG}`)).text();
  expect(page).toMatch(/<img class="tool-picture" src="\/pictures\/[0-9a-f]{32}\.png" alt="a red square"/);
  const old = await app.request(`/pictures/${acme?.picture?.light}`);
  expect([old.status, old.headers.get('content-type'), old.headers.get('cache-control')]).toEqual([
    200,
    'image/png',
    'public, max-age=31536000, immutable',
  ]);
  expect(Buffer.from(await old.arrayBuffer())).toEqual(png(96, 'red'));

  const changed = withPicture({ alt: 'a photograph', light: dataUrl(jpeg) });
  expect((await importContent(app.context.db, changed, { dryRun: false })).tools.changed).toEqual([
    'acme-writer',
  ]);
  const [now] = (await findComparison(app.context.db, SLUG))?.tools ?? [];
  expect([now?.revision, now?.picture?.dark]).toEqual([2, null]);
  expect((await app.request(`/pictures/${now?.picture?.light}`)).headers.get('content-type')).toBe(
    'image/jpeg',
  );
  expect((await app.request(`/pictures/${acme?.picture?.light}`)).status).toBe(200);
  expect((await app.request('/pictures/unknown.png')).status).toBe(404);
});

test('the same picture changes nothing; a tool that is imported without one loses it', async () => {
  const { db } = await createTestDatabase();
  const content = withPicture({ alt: 'a red square', light: dataUrl(png(96, 'red')) });
  await importContent(db, content, { dryRun: false });
  expect((await importContent(db, content, { dryRun: false })).tools.changed).toEqual([]);
  await importContent(db, exampleContent(), { dryRun: false });
  expect((await findComparison(db, SLUG))?.tools[0].picture).toBeNull();
});

test.each([
  ['missing.png', 'cannot be read (there is no such file); correct the path or URL'],
  ['wide.png', 'is 96 × 48 pixels; make it square'],
  ['small.png', 'is 48 pixels wide; make it 72 to 1024'],
  ['huge.png', 'has more than 100000 bytes; save it smaller'],
  ['text.png', 'is not a PNG or JPEG picture, which all mail programs show; convert it'],
  ['animated.gif', 'is not a PNG or JPEG picture, which all mail programs show; convert it'],
  [
    'https://127.0.0.1:8/logo.png',
    'cannot be read (connect ECONNREFUSED 127.0.0.1:8); correct the path or URL',
  ],
  ['', 'is empty; name a file or URL'],
])('a problem with picture %j is reported at its field, and nothing is written', async (light, problem) => {
  const { db } = await createTestDatabase();
  const folder = makeFolder({
    'wide.png': png(96, 'red', 48),
    'small.png': png(48, 'red'),
    'huge.png': Buffer.concat([png(96, 'red'), Buffer.alloc(100_000)]),
    'text.png': Buffer.from('no picture at all'),
    'animated.gif': Buffer.from(
      '47494638396160006000800000000000ffffff21f90401000000002c00000000010001000002024401003b',
      'hex',
    ),
  });
  const importing = importContent(db, withPicture({ alt: 'a', light }), { dryRun: false, folder });
  await expect(importing).rejects.toMatchObject({
    code: 'invalid_input',
    problems: [`tools[0].picture.light: ${problem}`],
  });
  expect(await db.selectFrom('tools').select('slug').execute()).toEqual([]);
  expect(await db.selectFrom('pictures').select('name').execute()).toEqual([]);
});

function withPicture(picture: Picture) {
  return exampleContent(({ tools }) => Object.assign(tools[0]!, { picture }));
}

function png(width: number, fill: string, height = width): Buffer {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${fill}"/></svg>`;
  return Buffer.from(new Resvg(svg).render().asPng());
}

function dataUrl(bytes: Buffer): string {
  return `data:application/octet-stream;base64,${bytes.toString('base64')}`;
}

function makeFolder(files: Record<string, Buffer>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'pictures-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  Object.entries(files).forEach(([name, bytes]) => writeFileSync(path.join(folder, name), bytes));
  return folder;
}
