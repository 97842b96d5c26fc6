import { expect, test } from 'vitest';
import { importContent } from '../../src/comparisons/store/import-content.ts';
import type { Db } from '../../src/database/connect.ts';
import { shiftWeek } from '../../src/week.ts';
import { seedContent } from '../support/seed.ts';
import { createSentIssue, WEEK } from '../support/sent-issue.ts';
import { createTestApp } from '../support/test-app.ts';
import exampleContent from '../comparisons/example-content.json' with { type: 'json' };

async function createArchive() {
  const app = await createTestApp();
  await seedContent(app.context.db);
  const find = async (query: string) => {
    const page = await (await app.request(`/comparisons${query}`)).text();
    return [...page.matchAll(/<li><a href="\/comparisons\/([^"]*)">/g)].map(([, slug]) => slug);
  };
  return { ...app, find };
}

/** The archive is compared with the content once a second. */
const WITHIN_SECONDS = { timeout: 4_000, interval: 100 };

const ALL = ['fernwick-vs-ovenbird', 'harborlight-vs-quillbench', 'mossgate-vs-tallyrook'];

test('without search words all published comparisons are listed, the newest first', async () => {
  const app = await createArchive();
  expect(await app.find('')).toEqual(ALL);
  await seedContent(app.context.db, '2026-12-24T09:00:00Z');
  await expect.poll(() => app.find(''), WITHIN_SECONDS).toEqual([]);
});

test('comparisons are found by names and parts of names, by words of descriptions and quotes in any form, and by category', async () => {
  const app = await createArchive();
  expect(await app.find('?q=QUILLBENCH')).toEqual(['harborlight-vs-quillbench']);
  expect(await app.find('?q=quill')).toEqual(['harborlight-vs-quillbench']);
  expect(await app.find('?q=mossgate+tallyrook')).toEqual(['mossgate-vs-tallyrook']);
  expect(await app.find('?q=tallyrook+vs+mossgate')).toEqual(['mossgate-vs-tallyrook']);
  expect(await app.find('?q=tallyrook,mossgate')).toEqual(['mossgate-vs-tallyrook']);
  expect(await app.find('?q=mossgate+quillbench')).toEqual([]);
  expect(new Set(await app.find('?q=doing+things'))).toEqual(new Set(ALL));
  expect(new Set(await app.find('?q=firm+views'))).toEqual(new Set(ALL));
  expect(await app.find('?q=firm+-mossgate')).not.toContain('mossgate-vs-tallyrook');
  // Every comparison has these words, in any form.
  expect(await app.find('?q=harborlight+-things')).toEqual([]);
  expect(await app.find('?q=firm+-looked')).toEqual([]);
  expect(await app.find('?category=Design')).toEqual(['fernwick-vs-ovenbird']);
  expect(await app.find('?q=firm&category=Data')).toEqual(['mossgate-vs-tallyrook']);
  expect(await app.find('?category=None')).toEqual([]);
});

test('newly imported content is found by its words', async () => {
  const app = await createArchive();
  expect(await app.find('?q=drafted+releases')).toEqual([]);
  await importContent(app.context.db, exampleContent, { dryRun: false });
  await expect.poll(() => app.find('?q=drafted+releases'), WITHIN_SECONDS).toEqual(['acme-writer-vs-notely']);
});

test('odd search texts and page numbers cause no error', async () => {
  const app = await createArchive();
  for (const query of [
    '%25',
    '_',
    '\\',
    "'",
    '"',
    '(',
    '!%26|',
    '<b>x</b>',
    '%F0%9F%A6%89',
    'a'.repeat(5_000),
  ]) {
    const answer = await app.request(`/comparisons?q=${query}`);
    expect([query.slice(0, 20), answer.status]).toEqual([query.slice(0, 20), 200]);
    expect(await answer.text()).not.toContain('<b>x');
  }
  expect(await app.find('?q=%25')).toEqual([]);
  for (const page of ['0', '-1', 'x', '501', '1e2']) {
    const answer = await app.request(`/comparisons?page=${page}`);
    expect([page, answer.status]).toEqual([page, 400]);
  }
  expect(await (await app.request('/comparisons?page=2')).text()).toContain('There’s no such page.');
});

test('a pair created for an issue is found once the issue was sent', async () => {
  const app = await createArchive();
  await app.context.db.deleteFrom('comparisons').execute();
  expect(await app.find('')).toEqual([]);
  const issue = { week: '2026-W40', number: 1, status: 'sent' as const, content: '{}', content_hash: '' };
  const now = app.clock.now;
  await app.context.db
    .insertInto('issues')
    .values({
      ...issue,
      made_from: '{}',
      choice: '{}',
      edits: '{}',
      cut_off_at: now,
      drafted_at: now,
      prepared_at: now,
    })
    .execute();
  await app.context.db
    .insertInto('issue_comparisons')
    .values({
      issue_id: 1,
      position: 0,
      comparison_slug: 'mossgate-vs-ovenbird',
      tool_a: 'mossgate',
      tool_b: 'ovenbird',
    })
    .execute();
  await expect.poll(() => app.find('?q=mossgate'), WITHIN_SECONDS).toEqual(['mossgate-vs-ovenbird']);
});

test('pages of twenty link to each other and keep the search', async () => {
  const app = await createArchive();
  await app.context.db
    .insertInto('comparisons')
    .values(
      Array.from({ length: 25 }, (_, index) => ({
        slug: `more-${String(index).padStart(2, '0')}`,
        tool_a: 'mossgate',
        tool_b: 'ovenbird',
        question: 'Again?',
        published_at: new Date('2026-11-01'),
      })),
    )
    .execute();
  expect(await app.find('?q=mossgate')).toHaveLength(20);
  const page = await (await app.request('/comparisons?q=mossgate')).text();
  expect(page).toContain('href="/comparisons?q=mossgate&amp;category=&amp;page=2" rel="next"');
  expect(await app.find('?q=mossgate&page=2')).toHaveLength(6);
});

test('the list of issues and the feeds have pages, which together contain every issue once', async () => {
  const app = await createSentIssue();
  await addOlderIssues(app.context.db, 60);
  const everyIssue = Array.from({ length: 61 }, (_, index) => shiftWeek(WEEK, -index));
  const follow = async (start: string, weeksOf: (text: string) => string[], next: RegExp) => {
    const pages: string[][] = [];
    for (let path: string | undefined = start; path;) {
      const response = await app.request(path);
      expect(response.status).toBe(200);
      const text = await response.text();
      pages.push(weeksOf(text));
      path = next.exec(text)?.[1];
    }
    return pages;
  };
  const listed = await follow(
    '/issues',
    (text) => [...text.matchAll(/<li><a href="\/issues\/([^"]+)"/g)].map(([, week = '']) => week),
    /href="([^"]+)" rel="next"/,
  );
  expect(listed.map(({ length }) => length)).toEqual([52, 9]);
  const inAtom = await follow(
    '/feed.atom',
    (text) => [...text.matchAll(/<id>[^<]*\/issues\/([^<]+)<\/id>/g)].map(([, week = '']) => week),
    /rel="next" href="[^"]*(\/feed[^"]+)"/,
  );
  expect(inAtom.map(({ length }) => length)).toEqual([20, 20, 20, 1]);
  const inJson = await follow(
    '/feed.json',
    (text) => [...text.matchAll(/"id":"[^"]*\/issues\/([^"]+)"/g)].map(([, week = '']) => week),
    /"next_url":"[^"]*(\/feed[^"]+)"/,
  );
  expect(inJson).toEqual(inAtom);
  for (const pages of [listed, inAtom]) {
    expect(pages.flat()).toEqual(everyIssue);
  }
  expect((await app.request('/issues?before=never')).status).toBe(400);
});

/** Copies of the newest issue, sent in the weeks before it. */
async function addOlderIssues(db: Db, count: number): Promise<void> {
  const newest = await db.selectFrom('issues').selectAll().executeTakeFirstOrThrow();
  const { id: _, content, made_from, choice, ...issue } = newest;
  const json = {
    content: JSON.stringify(content),
    made_from: JSON.stringify(made_from),
    choice: JSON.stringify(choice),
    edits: '{}',
    made_from_before: null,
  };
  const older = Array.from({ length: count }, (_, index) => ({
    ...issue,
    ...json,
    week: shiftWeek(WEEK, -1 - index),
    number: issue.number + 1 + index,
  }));
  await db.insertInto('issues').values(older).execute();
}
