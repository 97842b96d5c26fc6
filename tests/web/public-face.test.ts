import { XMLValidator } from 'fast-xml-parser';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { closeVoting } from '../../src/votes/close/close.ts';
import { comparisonList, resultList } from '../../src/web/api/_api-shapes.ts';
import { createSentIssue, WEEK } from '../support/sent-issue.ts';
import { visitAndVote } from '../support/visit.ts';

async function createClosed() {
  const app = await createSentIssue(45);
  for (let reader = 1; reader <= 42; reader++) {
    await visitAndVote(app, app.pathOf(reader, 'harborlight', reader <= 30 ? 'ship' : 'skip'));
  }
  for (let reader = 1; reader <= 12; reader++) {
    await visitAndVote(app, app.pathOf(reader, 'quillbench', 'ship'));
  }
  await visitAndVote(app, app.pathOf(43, 'harborlight', 'skip'), { seconds: 0.5 });
  await closeVoting(app.context, WEEK);
  return app;
}

const get = async <Shape>(app: Awaited<ReturnType<typeof createClosed>>, path: string) =>
  (await app.request(path)).json() as Promise<Shape>;

test('the API returns frozen results according to the display rules', async () => {
  const app = await createClosed();
  const { results, next } = resultList.strict().parse(await get(app, '/api/results'));
  expect(next).toBeNull();
  expect(results).toHaveLength(1);
  const [lead] = results[0]!.comparisons;
  expect(lead).toMatchObject({
    slug: 'harborlight-vs-quillbench',
    headline: 'Harborlight vs Quillbench',
    is_too_close_to_call: false,
  });
  expect(lead?.tools.map(({ community }) => community)).toEqual([
    { votes: 42, ship_percent: 71, held: 1, shown: '71% ship (42 votes)' },
    { votes: 12, ship_percent: null, held: 0, shown: 'early: 12 votes' },
  ]);
  expect(results[0]?.comparisons[1]?.tools[0]?.community).toEqual({
    votes: null,
    ship_percent: null,
    held: 0,
    shown: '—',
  });
});

test('the API lists comparisons page by page, with the votes of all closed issues', async () => {
  const app = await createClosed();
  const first = comparisonList.strict().parse(await get(app, '/api/comparisons?limit=2'));
  expect(first.comparisons.map(({ slug }) => slug)).toEqual([
    'fernwick-vs-ovenbird',
    'harborlight-vs-quillbench',
  ]);
  expect(first.comparisons[1]?.tools[0]).toMatchObject({
    panel: { ship: 3, of: 4, label: 'AI panel' },
    community: { votes: 42, held: 1 },
  });
  const path = first.next!.replace(app.context.config.publicUrl, '');
  const second = comparisonList.parse(await get(app, path));
  expect(second.comparisons.map(({ slug }) => slug)).toEqual(['mossgate-vs-tallyrook']);
  expect(second.next).toBeNull();
});

test('API responses have an ETag and allow any origin; invalid parameters are named', async () => {
  const app = await createClosed();
  const answer = await app.request('/api/results', { headers: { Origin: 'https://elsewhere.example' } });
  const tag = answer.headers.get('etag') ?? '';
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
  const again = await app.request('/api/results', { headers: { 'If-None-Match': tag } });
  expect([again.status, await again.text()]).toEqual([304, '']);
  for (const [path, name] of [
    ['/api/results?limit=0', 'limit'],
    ['/api/results?limit=x', 'limit'],
    ['/api/comparisons?limit=101', 'limit'],
    ['/api/results?before=2026', '2026'],
  ] as const) {
    const refused = await app.request(path);
    expect([refused.status, await refused.text()], path).toEqual([400, expect.stringContaining(name)]);
  }
  expect((await app.request('/api/nothing')).status).toBe(404);
});

test('feeds say when they last changed, and answer 304 to a client that has that version', async () => {
  const app = await createClosed();
  for (const path of ['/feed.atom', '/feed.json']) {
    const { headers } = await app.request(path);
    const modified = headers.get('last-modified') ?? '';
    const since = async (time: string) =>
      (await app.request(path, { headers: { 'If-Modified-Since': time } })).status;
    expect(await since(modified)).toBe(304);
    expect(await since(new Date(Date.parse(modified) - 1_000).toUTCString())).toBe(200);
  }
});

test('feeds contain the full text of issues and no reader’s links', async () => {
  const app = await createClosed();
  const atom = await (await app.request('/feed.atom')).text();
  expect(XMLValidator.validate(atom)).toBe(true);
  expect(atom).toContain(`${app.context.config.publicUrl}/issues/${WEEK}`);
  const feed = await get<{ items: { url: string; content_html: string }[] }>(app, '/feed.json');
  expect(feed.items).toHaveLength(1);
  expect(feed.items[0]?.content_html).toContain('looked at Harborlight');
  expect(feed.items[0]?.content_html).toContain('AI panel');
  for (const text of [atom, JSON.stringify(feed)]) {
    expect(text).not.toMatch(/\/(?:v|i|unsubscribe|preferences)\//);
  }
});

test('the sitemap lists the public pages, and robots.txt excludes the others', async () => {
  const app = await createClosed();
  const sitemap = await (await app.request('/sitemap.xml')).text();
  expect(XMLValidator.validate(sitemap)).toBe(true);
  const paths = [...sitemap.matchAll(/<loc>([^<]*)<\/loc>/g)].map(([, url = '']) =>
    url.replace(app.context.config.publicUrl, ''),
  );
  expect(paths).toContain(`/issues/${WEEK}`);
  expect(paths).toContain('/comparisons/harborlight-vs-quillbench');
  for (const path of paths) {
    expect((await app.request(path)).status, path).toBe(200);
  }
  const robots = await (await app.request('/robots.txt')).text();
  expect(robots).toContain('Disallow: /v/');
  expect(robots).toContain('/sitemap.xml');
});

test('public pages have a canonical address, a summary, and structured data that says the panel is AI', async () => {
  const app = await createClosed();
  for (const path of ['/', '/issues', `/issues/${WEEK}`, '/comparisons/harborlight-vs-quillbench']) {
    const html = await (await app.request(path)).text();
    expect(html).toContain(`<link rel="canonical" href="${app.context.config.publicUrl}${path}"/>`);
    expect(html).toMatch(/<meta property="og:title" content="[^"]+"\/>/);
    expect(html).toMatch(/<meta property="og:description" content="[^"]{20,}"\/>/);
  }
  const page = await (await app.request('/comparisons/harborlight-vs-quillbench')).text();
  const facts = JSON.parse(/<script type="application\/ld\+json">([^<]*)</.exec(page)?.[1] ?? '{}');
  expect(facts).toMatchObject({
    '@type': 'Article',
    author: { '@type': 'Organization' },
    creditText: expect.stringContaining('AI personas'),
    about: [{ name: 'Harborlight' }, { name: 'Quillbench' }],
  });
  expect(JSON.stringify(facts)).not.toMatch(/Person|AggregateRating|"Review"/);
  const own = await (await app.request(app.pathOf(1))).text();
  expect(own).not.toContain('canonical');
});

test('API errors are JSON and not cached', async () => {
  const app = await createClosed();
  for (const [path, status] of [
    ['/api/nothing', 404],
    ['/api/', 404],
    ['/api/results?limit=0', 400],
  ] as const) {
    const answer = await app.request(path);
    expect(answer.status, path).toBe(status);
    expect(answer.headers.get('Cache-Control'), path).toBe('no-store');
    expect(await answer.json(), path).toHaveProperty('error');
  }
});

test('feeds name their author, escape titles, and show frozen results', async () => {
  const app = await createClosed();
  await sql`update issues set content = jsonb_set(content::jsonb, '{lead,headline}', '"A <b>B</b> & C"')`.execute(
    app.context.db,
  );
  const atom = await (await app.request('/feed.atom')).text();
  expect(XMLValidator.validate(atom)).toBe(true);
  expect(atom).toContain('<author>');
  expect(atom).toContain('A &lt;b&gt;B&lt;/b&gt; &amp; C');
  expect(atom).toContain('71% ship (42 votes)');
  const feed = await get<{ version: string; language: string; items: { title: string }[] }>(
    app,
    '/feed.json',
  );
  expect(feed).toMatchObject({ version: 'https://jsonfeed.org/version/1.1', language: 'en' });
  expect(feed.items[0]?.title).toBe('A <b>B</b> & C');
});
