import { expect, test } from 'vitest';
import { importContent } from '../../src/comparisons/store/import-content.ts';
import { readContentFile } from '../../src/comparisons/parse/read-content.ts';
import type { Db } from '../../src/database/connect.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { type ExampleContent, exampleContent, examplePath } from './example-content.ts';

const WRITE = { dryRun: false };
const NONE = { new: [], changed: [], unchanged: [] };

test('a file fills the four tables', async () => {
  const { db } = await createTestDatabase();
  const report = await importContent(db, await readContentFile(examplePath), WRITE);
  expect(report).toMatchObject({
    reviewers: { ...NONE, new: ['maker', 'doubter', 'dreamer', 'seller'] },
    tools: { ...NONE, new: ['acme-writer', 'notely'] },
    comparisons: { ...NONE, new: ['acme-writer-vs-notely'] },
  });
  const { reviewers, tools, reviews, comparisons } = await readAll(db);
  expect(reviewers.map(({ slug, position }) => [slug, position])).toEqual([
    ['maker', 0],
    ['doubter', 1],
    ['dreamer', 2],
    ['seller', 3],
  ]);
  expect(tools[0]).toEqual({
    slug: 'acme-writer',
    name: 'Acme Writer',
    category: 'Developer Tools',
    tagline: 'Drafts release notes from commits',
    description: 'Acme Writer reads a repository and drafts the notes of its next release.',
    entry_price: 'freemium',
    price_note: '$9 a seat after 3 users',
    price_checked_on: '2026-11-17',
    reviewed_on: '2026-11-17',
    revision: 1,
  });
  expect(tools[1]).toMatchObject({
    price_note: null,
    price_checked_on: '2026-11-16',
    reviewed_on: '2026-11-17',
  });
  expect(reviews).toHaveLength(8);
  expect(reviews).toContainEqual({
    tool_slug: 'acme-writer',
    reviewer_slug: 'maker',
    verdict: 'ship',
    quote: 'One command — and the draft is there.',
  });
  expect(comparisons).toEqual([
    {
      slug: 'acme-writer-vs-notely',
      tool_a: 'acme-writer',
      tool_b: 'notely',
      question: 'Which one should you ship with?',
      published_at: new Date('2026-11-18T09:00:00Z'),
      revision: 1,
    },
  ]);
});

test('importing the same file again writes nothing', async () => {
  const { db } = await createTestDatabase();
  await importContent(db, exampleContent(), WRITE);
  const before = await readVersions(db);
  const report = await importContent(db, exampleContent(), WRITE);
  expect(report.reviewers).toEqual({ ...NONE, unchanged: ['maker', 'doubter', 'dreamer', 'seller'] });
  expect(report.tools).toEqual({ ...NONE, unchanged: ['acme-writer', 'notely'] });
  expect(report.comparisons).toEqual({ ...NONE, unchanged: ['acme-writer-vs-notely'] });
  expect(await readVersions(db)).toEqual(before);
});

test('a dry run reports the same and writes nothing', async () => {
  const { db } = await createTestDatabase();
  const dry = await importContent(db, exampleContent(), { dryRun: true });
  expect(await readAll(db)).toEqual({ reviewers: [], tools: [], reviews: [], comparisons: [] });
  expect(dry).toEqual(await importContent(db, exampleContent(), WRITE));
});

test.each<[string, (tool: ExampleContent['tools'][number]) => void]>([
  ['name', (tool) => (tool.name = 'New')],
  ['category', (tool) => (tool.category = 'New')],
  ['tagline', (tool) => (tool.tagline = 'New')],
  ['description', (tool) => (tool.description = 'New')],
  ['entry price', (tool) => (tool.entryPrice = 'contact')],
  ['price note', (tool) => delete tool.priceNote],
  ['day of the price', (tool) => (tool.priceCheckedOn = '2026-11-20')],
  ['day of the review', (tool) => (tool.reviewedOn = '2026-11-20')],
  ['verdict', (tool) => (tool.reviews[0]!.verdict = 'skip')],
  ['quote', (tool) => (tool.reviews[0]!.quote = 'New')],
  ['number of reviews', (tool) => tool.reviews.pop()],
])('a tool with a changed %s gets its next revision, others keep theirs', async (_, change) => {
  const { db } = await createTestDatabase();
  await importContent(db, exampleContent(), WRITE);
  const changed = exampleContent((content) => change(content.tools[0]!));
  const report = await importContent(db, changed, WRITE);
  expect(report.tools).toEqual({ new: [], changed: ['acme-writer'], unchanged: ['notely'] });
  const { tools, comparisons } = await readAll(db);
  expect(tools.map((tool) => tool.revision)).toEqual([2, 1]);
  expect(comparisons.map((comparison) => comparison.revision)).toEqual([1]);
  expect((await importContent(db, changed, WRITE)).tools.changed).toEqual([]);
});

test('a category with a semicolon is refused, since lists of readers separate categories with it', async () => {
  const { db } = await createTestDatabase();
  const content = exampleContent(({ tools }) => (tools[0]!.category = 'Data;Ops'));
  await expect(importContent(db, content, WRITE)).rejects.toMatchObject({
    problems: [expect.stringContaining('contains a semicolon')],
  });
});

test.each<[string, (comparison: ExampleContent['comparisons'][number]) => void]>([
  ['question', (comparison) => (comparison.question = 'New?')],
  ['date', (comparison) => (comparison.publishedAt = '2026-11-19T09:00:00Z')],
  ['order of its tools', (comparison) => (comparison.tools = comparison.tools.toReversed())],
])('a comparison with a changed %s gets its next revision', async (_, change) => {
  const { db } = await createTestDatabase();
  await importContent(db, exampleContent(), WRITE);
  const changed = exampleContent((content) => change(content.comparisons[0]!));
  const report = await importContent(db, changed, WRITE);
  expect(report.comparisons.changed).toEqual(['acme-writer-vs-notely']);
  const { tools, comparisons } = await readAll(db);
  expect(comparisons.map((comparison) => comparison.revision)).toEqual([2]);
  expect(tools.map((tool) => tool.revision)).toEqual([1, 1]);
});

test('a review missing from the file is removed; the order of reviews does not matter', async () => {
  const { db } = await createTestDatabase();
  await importContent(db, exampleContent(), WRITE);
  const reordered = exampleContent(({ tools: [tool] }) => (tool!.reviews = tool!.reviews.toReversed()));
  expect((await importContent(db, reordered, WRITE)).tools.changed).toEqual([]);
  const shorter = exampleContent((content) => content.tools[0]!.reviews.shift());
  await importContent(db, shorter, WRITE);
  const { reviews } = await readAll(db);
  expect(reviews.filter((row) => row.tool_slug === 'acme-writer').map((row) => row.reviewer_slug)).toEqual([
    'doubter',
    'dreamer',
    'seller',
  ]);
});

test('a file may contain only some of the content; the rest stays unchanged', async () => {
  const { db } = await createTestDatabase();
  await importContent(db, exampleContent(), WRITE);
  const before = await readAll(db);
  const { comparisons } = exampleContent((content) => {
    content.comparisons[0]!.slug = 'another-pair';
  });
  expect(await importContent(db, { comparisons }, WRITE)).toMatchObject({
    reviewers: NONE,
    tools: NONE,
    comparisons: { ...NONE, new: ['another-pair'] },
  });
  const after = await readAll(db);
  expect(after.comparisons.map((row) => row.slug)).toEqual(['acme-writer-vs-notely', 'another-pair']);
  expect({ ...after, comparisons: [] }).toEqual({ ...before, comparisons: [] });
});

test('a file that names the whole panel sets its order', async () => {
  const { db } = await createTestDatabase();
  await importContent(db, exampleContent(), WRITE);
  const { reviewers } = exampleContent((content) => (content.reviewers = content.reviewers.toReversed()));
  expect((await importContent(db, { reviewers }, WRITE)).reviewers.changed).toHaveLength(4);
  expect(await listPanel(db)).toEqual(['seller', 'dreamer', 'doubter', 'maker']);
});

test('a reviewer’s new name is a new revision of the tools that they reviewed; a new position is not', async () => {
  const { db } = await createTestDatabase();
  await importContent(db, exampleContent(), WRITE);
  const revisions = async () => (await readAll(db)).tools.map(({ revision }) => revision);
  const before = await revisions();
  const [maker, ...others] = exampleContent().reviewers;
  await importContent(db, { reviewers: [...others, maker!] }, WRITE);
  expect(await revisions()).toEqual(before);
  await importContent(db, { reviewers: [{ ...maker!, name: 'The Craftswoman' }] }, WRITE);
  expect(await revisions()).toEqual(before.map((revision) => revision + 1));
});

test('new reviewers in a file that names only part of the panel are appended', async () => {
  const { db } = await createTestDatabase();
  await importContent(db, exampleContent(), WRITE);
  const reviewers = [
    { slug: 'judge', name: 'The Judge', lens: 'Whether it is allowed' },
    { slug: 'doubter', name: 'The Doubter', lens: 'What will go wrong first' },
    { slug: 'artist', name: 'The Artist', lens: 'Whether it is beautiful' },
  ];
  const report = await importContent(db, { reviewers }, WRITE);
  expect(report.reviewers).toEqual({ new: ['judge', 'artist'], changed: [], unchanged: ['doubter'] });
  expect(await listPanel(db)).toEqual(['maker', 'doubter', 'dreamer', 'seller', 'judge', 'artist']);
  expect((await readAll(db)).reviewers.map((row) => row.position)).toEqual([0, 1, 2, 3, 4, 5]);
  expect((await importContent(db, { reviewers }, WRITE)).reviewers.unchanged).toHaveLength(3);
});

test('a file with a single problem is refused as a whole, and the database stays unchanged', async () => {
  const { db } = await createTestDatabase();
  await importContent(db, exampleContent(), WRITE);
  const before = await readAll(db);
  const bad = exampleContent((content) => {
    content.reviewers[0]!.name = 'Somebody else';
    content.tools[0]!.name = 'Something else';
    content.comparisons[0]!.tools[1] = 'phantom';
  });
  await expect(importContent(db, bad, WRITE)).rejects.toMatchObject({
    code: 'invalid_input',
    message: 'The content has 1 problem; nothing was changed.',
    problems: [expect.stringContaining('comparisons[0].tools[1]: no tool has the slug phantom')],
  });
  await expect(importContent(db, bad, { dryRun: true })).rejects.toMatchObject({ code: 'invalid_input' });
  expect(await readAll(db)).toEqual(before);
});

test('concurrent imports run one after another: every change is counted, none fails, and files are not mixed', async () => {
  const { db } = await createTestDatabase();
  await importContent(db, exampleContent(), WRITE);
  const names = ['One', 'Two', 'Three', 'Four', 'Five', 'Six'];
  const reports = await Promise.all(names.map((name) => importContent(db, renamed(name), WRITE)));
  expect(reports.map((report) => report.tools.changed.length)).toEqual([2, 2, 2, 2, 2, 2]);
  const { tools } = await readAll(db);
  expect(tools.map((tool) => tool.revision)).toEqual([7, 7]);
  expect(tools[0]?.name).toBe(tools[1]?.name);
});

test('concurrent first imports do not collide', async () => {
  const { db } = await createTestDatabase();
  const reports = await Promise.all(
    Array.from({ length: 5 }, () => importContent(db, exampleContent(), WRITE)),
  );
  expect(reports.filter((report) => report.tools.new.length > 0)).toHaveLength(1);
});

test('a file with thousands of tools is imported', async () => {
  const { db } = await createTestDatabase();
  const { reviewers, tools } = exampleContent();
  const many = Array.from({ length: 8000 }, (_, index) => ({ ...tools[0]!, slug: `tool-${index}` }));
  expect((await importContent(db, { reviewers, tools: many }, WRITE)).tools.new).toHaveLength(8000);
  expect((await importContent(db, { reviewers, tools: many }, WRITE)).tools.unchanged).toHaveLength(8000);
});

function renamed(name: string) {
  return exampleContent((content) => {
    content.tools[0]!.name = name;
    content.tools[1]!.name = name;
  });
}

async function listPanel(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('reviewers').select('slug').orderBy('position').execute();
  return rows.map((row) => row.slug);
}

async function readAll(db: Db) {
  return {
    reviewers: await db.selectFrom('reviewers').selectAll().orderBy('position').execute(),
    tools: await db.selectFrom('tools').selectAll().orderBy('slug').execute(),
    reviews: await db
      .selectFrom('reviews')
      .selectAll()
      .orderBy('tool_slug')
      .orderBy('reviewer_slug')
      .execute(),
    comparisons: await db.selectFrom('comparisons').selectAll().orderBy('slug').execute(),
  };
}

/** The transaction that last wrote each row, as PostgreSQL records it. */
async function readVersions(db: Db) {
  const tables = ['reviewers', 'tools', 'reviews', 'comparisons'] as const;
  const versions = tables.map((table) => db.selectFrom(table).select(db.dynamic.ref('xmin')).execute());
  return Promise.all(versions);
}
