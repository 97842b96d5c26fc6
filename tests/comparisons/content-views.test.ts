import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { findComparison, listComparisons, listReviewers } from '../../src/comparisons/show/facts.ts';
import { importContent } from '../../src/comparisons/store/import-content.ts';
import { searchComparisons } from '../../src/comparisons/show/search.ts';
import { type Db, openDatabase, openPool } from '../../src/database/connect.ts';
import { grantRoles, requireRights } from '../../src/migration/grants.ts';
import { administer, createTestDatabase } from '../support/test-database.ts';

const contract = readFileSync(new URL('../../docs/content.md', import.meta.url), 'utf8');

test("views over a site's own schema, as shown in the contract, can replace the tables", async () => {
  const { db } = await createSite();
  expect(await listReviewers(db)).toEqual([
    { slug: 'builder', name: 'The Builder' },
    { slug: 'skeptic', name: 'The Skeptic' },
  ]);
  const [comparison] = await listComparisons(db, new Date('2026-11-20T00:00:00Z'), 10);
  expect(comparison).toMatchObject({
    slug: 'acme-vs-bolt',
    question: 'Which one?',
    published_at: new Date('2026-11-18T09:00:00Z'),
  });
  expect(comparison?.tools[0]).toMatchObject({
    slug: 'acme',
    entry_price: 'free',
    price_note: null,
    price_checked_on: '2026-11-16',
    reviewed_on: '2026-11-17',
    reviews: [
      { reviewer_slug: 'builder', verdict: 'ship', quote: 'Good.' },
      { reviewer_slug: 'skeptic', verdict: 'skip', quote: 'Bad.' },
    ],
  });
  expect(await listComparisons(db, new Date('2026-11-18T08:59:59Z'), 10)).toEqual([]);
});

test('the archive search finds the current content of the views', async () => {
  const { db } = await createSite();
  const find = async (text: string) => {
    const page = { until: new Date('2026-11-20T00:00:00Z'), offset: 0, limit: 10 };
    return (await searchComparisons(db, { text, category: '' }, page)).map(({ slug }) => slug);
  };
  expect(await find('bad')).toEqual(['acme-vs-bolt']);
  await sql
    .raw("update site.opinions set body = 'Splendid.' where product_id = 1 and critic_id = 2")
    .execute(db);
  await expect.poll(() => find('splendid'), { timeout: 4_000 }).toEqual(['acme-vs-bolt']);
});

test.each([
  "update site.products set title = 'Acme Two' where handle = 'acme'",
  "update site.opinions set body = 'Better.' where product_id = 1 and critic_id = 1",
  'delete from site.opinions where product_id = 1 and critic_id = 2',
])('the revision in a view changes automatically: %s', async (statement) => {
  const { db } = await createSite();
  const before = await readRevisions(db);
  await sql.raw(statement).execute(db);
  const after = await readRevisions(db);
  expect(after.acme).not.toBe(before.acme);
  expect(after.bolt).toBe(before.bolt);
});

test('the revision in a view changes with the reviewers as well', async () => {
  const { db } = await createSite();
  for (const statement of [
    "update site.critics set display_name = 'The Maker' where id = 1",
    'delete from site.critics where id = 2',
  ]) {
    const before = await readRevisions(db);
    await sql.raw(statement).execute(db);
    expect((await readRevisions(db)).acme).not.toBe(before.acme);
  }
});

test("the contract's views have exactly the columns of the tables", async () => {
  const { db } = await createTestDatabase();
  const before = await readColumns(db);
  await makeSite(db);
  expect(await readColumns(db)).toEqual(before);
});

test("the contract's example file can be imported", async () => {
  const { db } = await createTestDatabase();
  const example = JSON.parse(/```json\n([\s\S]*?)```/.exec(contract)?.[1] ?? '') as Record<string, unknown>;
  const report = await importContent(db, example, { dryRun: false });
  expect(report.comparisons.new).toEqual(['acme-writer-vs-notely']);
});

test('over the views, processes with roles of their own need and get nothing but select, without rights on the site', async () => {
  const { db, url } = await createSite();
  const role = `site_worker_${randomBytes(4).toString('hex')}`;
  await administer(`create role ${role} login password 'password'`);
  // The tables' rights went with them.
  await grantRoles(db, { worker: role });
  const asRole = openDatabase(openPool(urlFor(url, role), 1));
  onTestFinished(() => asRole.destroy());
  await requireRights(asRole, ['worker']);
  expect(
    (await listComparisons(asRole, new Date('2026-11-20T00:00:00Z'), 10)).map(({ slug }) => slug),
  ).toEqual(['acme-vs-bolt']);
  const mayWrite = await sql<{ may: boolean }>`
    select bool_or(has_table_privilege(${role}, name, 'insert, update, delete')) as may
    from unnest(array['reviewers', 'reviews', 'tools', 'comparisons']) as name`.execute(db);
  expect(mayWrite.rows).toEqual([{ may: false }]);
  await sql`revoke select on tools from ${sql.id(role)}`.execute(db);
  await expect(requireRights(asRole, ['worker'])).rejects.toMatchObject({
    problems: ['it needs select on tools'],
  });
});

function urlFor(owner: string, role: string): string {
  const url = new URL(owner);
  url.username = role;
  url.password = 'password';
  return url.href;
}

async function createSite() {
  const { db, url } = await createTestDatabase();
  await makeSite(db);
  await sql
    .raw(`
    insert into site.critics values (1, 'builder', 'The Builder', 'Building'), (2, 'skeptic', 'The Skeptic', 'Doubt');
    insert into site.products values
      (1, 'acme', 'Acme', 'Tools', 'A claim', 'A body', 'free', null, '2026-11-16T12:00Z', '2026-11-17T12:00Z'),
      (2, 'bolt', 'Bolt', 'Tools', 'A claim', 'A body', 'paid', '$1', '2026-11-16T12:00Z', '2026-11-17T12:00Z');
    insert into site.opinions values (1, 1, true, 'Good.'), (1, 2, false, 'Bad.'), (2, 1, true, 'Fine.');
    insert into site.duels values (1, 'acme-vs-bolt', 1, 2, 'Which one?', '2026-11-18T09:00Z');
  `)
    .execute(db);
  return { db, url };
}

async function makeSite(db: Db) {
  const statements = [...contract.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, statement = '']) => statement);
  expect(statements).toHaveLength(2);
  for (const statement of statements) {
    await sql.raw(statement).execute(db);
  }
}

async function readRevisions(db: Db) {
  const comparison = await findComparison(db, 'acme-vs-bolt');
  const [acme, bolt] = comparison?.tools ?? [];
  return { acme: acme?.revision, bolt: bolt?.revision };
}

async function readColumns(db: Db) {
  const { rows } = await sql<{ place: string }>`
    select table_name || '.' || column_name as place from information_schema.columns
    where table_schema = 'public' and table_name in ('reviewers', 'tools', 'reviews', 'comparisons')
    order by place`.execute(db);
  return rows.map((row) => row.place);
}
