import { Validator } from '@seriousme/openapi-schema-validator';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { seedContent } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';

const SITE = 'https://tools.example.net';

async function createContentApp(env: Record<string, string> = {}) {
  const app = await createTestApp({ SITE_ORIGINS: SITE, ...env });
  await seedContent(app.context.db);
  const get = async (path: string) => {
    const response = await app.request(path);
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.text(),
    };
  };
  const signUp = (body: unknown, headers: Record<string, string> = {}) =>
    app.request('/api/subscribers', {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', Origin: SITE, ...headers },
    });
  return { ...app, get, signUp };
}

test('the description of the API is valid OpenAPI 3.1, and names every endpoint that answers', async () => {
  const app = await createContentApp();
  const document = (await (await app.request('/api/openapi.json')).json()) as {
    paths: Record<string, object>;
  };
  expect(await new Validator().validate(document)).toMatchObject({ valid: true });
  for (const [path, methods] of Object.entries(document.paths)) {
    const slug = path.includes('/tools/') ? 'harborlight' : 'harborlight-vs-quillbench';
    const status = 'get' in methods ? (await app.get(path.replace('{slug}', slug))).status : 0;
    expect([200, 0], path).toContain(status);
  }
});

test('one comparison and one tool, as data and as pictures; an unknown parameter is refused, not ignored', async () => {
  const app = await createContentApp({ COMPARISON_URL: `${SITE}/compare/{slug}` });
  const comparison = await app.get('/api/comparisons/harborlight-vs-quillbench');
  expect(JSON.parse(comparison.body)).toMatchObject({
    slug: 'harborlight-vs-quillbench',
    url: `${SITE}/compare/harborlight-vs-quillbench`,
    tools: [{ slug: 'harborlight', community: { shown: '—' } }, { slug: 'quillbench' }],
  });
  expect(JSON.parse((await app.get('/api/tools/harborlight')).body)).toMatchObject({ name: 'Harborlight' });
  for (const path of ['/api/tools/harborlight', '/api/comparisons/harborlight-vs-quillbench']) {
    const badge = await app.get(`${path}/badge.svg`);
    expect(badge.type).toBe('image/svg+xml; charset=utf-8');
    expect(badge.body).toContain('too few votes yet');
  }
  for (const path of ['/api/tools/nobody', '/api/comparisons/nobody', '/api/comparisons/nobody/badge.svg']) {
    expect((await app.get(path)).status, path).toBe(404);
  }
  for (const path of [
    '/api/comparisons?slug=harborlight',
    '/api/results?week=2026-W47',
    '/api/tools/harborlight?x=1',
  ]) {
    const refused = await app.get(path);
    expect([refused.status, refused.body]).toEqual([400, expect.stringContaining('There is no parameter')]);
  }
  const page = await app.get('/comparisons/harborlight-vs-quillbench');
  expect(page.body).toContain(`<link rel="canonical" href="${SITE}/compare/harborlight-vs-quillbench"/>`);
  expect((await app.get('/sitemap.xml')).body).not.toContain('/comparisons/');
});

test('a comparison that readers cannot see yet is not there', async () => {
  const app = await createContentApp();
  await app.context.db
    .updateTable('comparisons')
    .set({ published_at: new Date('2030-01-01') })
    .where('slug', '=', 'harborlight-vs-quillbench')
    .execute();
  for (const path of [
    'comparisons/harborlight-vs-quillbench',
    'tools/harborlight',
    'tools/harborlight/badge.svg',
  ]) {
    expect((await app.get(`/api/${path}`)).status, path).toBe(404);
  }
  expect((await app.get('/api/tools/mossgate')).status).toBe(200);
});

test('a comparison whose tool a site’s view hides is left out, and ends no list', async () => {
  const app = await createContentApp();
  const { db } = app.context;
  await sql`alter table comparisons drop constraint comparisons_tool_a_fkey`.execute(db);
  await sql`update comparisons set slug = 'aaa', tool_a = 'hidden' where slug = 'fernwick-vs-ovenbird'`.execute(
    db,
  );
  const listed: string[] = [];
  for (let next: string | null = '/api/comparisons?limit=1'; next;) {
    const { comparisons, next: following } = JSON.parse((await app.get(next)).body) as {
      comparisons: { slug: string }[];
      next: string | null;
    };
    listed.push(...comparisons.map(({ slug }) => slug));
    next = following && new URL(following).pathname + new URL(following).search;
  }
  expect(listed).toEqual(['harborlight-vs-quillbench', 'mossgate-vs-tallyrook']);
  expect((await app.get('/sitemap.xml')).body).not.toContain('/comparisons/aaa');
});

test('another method is refused, and the allowed ones are named', async () => {
  const app = await createContentApp();
  for (const [path, method, allowed] of [
    ['/api/comparisons', 'POST', 'GET, HEAD'],
    ['/api/tools/harborlight', 'DELETE', 'GET, HEAD'],
    ['/api/subscribers', 'GET', 'POST'],
  ] as const) {
    const { status, headers } = await app.request(path, { method });
    expect([status, headers.get('allow')]).toEqual([405, allowed]);
  }
});

test('signing up by the API: from configured origins, idempotent, with a message for every mistake', async () => {
  const app = await createContentApp();
  const body = { email: 'delivered+ann@resend.dev', wording: 'site-1', page: '/compare/a' };
  for (let again = 0; again < 2; again += 1) {
    const accepted = await app.signUp(body);
    expect(accepted.status).toBe(202);
    expect(accepted.headers.get('access-control-allow-origin')).toBe(SITE);
    expect(await accepted.json()).toEqual({
      email: body.email,
      message: expect.stringContaining(body.email),
    });
  }
  await app.drain();
  expect(await app.context.db.selectFrom('outbox.mails').select('id').execute()).toHaveLength(1);

  const typo = await app.signUp({ ...body, email: 'ann@gmial.com' });
  expect([typo.status, await typo.json()]).toMatchObject([
    422,
    { suggestion: 'ann@gmail.com', email: 'ann@gmial.com' },
  ]);
  expect((await app.signUp({ ...body, email: 'ann@gmial.com', as_typed: true })).status).toBe(202);

  for (const [wrong, words] of [
    [{ ...body, email: 'ann' }, 'There is no @'],
    [{ email: body.email }, 'wording is missing'],
    [{ ...body, wording: 'two words' }, 'wording'],
    [{ ...body, mail: 'x' }, 'mail'],
    ['{', 'The body is not valid JSON.'],
    ['[]', 'The body is invalid'],
  ] as const) {
    const refused = await app.signUp(wrong);
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining(words)]);
  }
  // A form on any website can post text, but not JSON without the browser asking first.
  expect((await app.signUp(body, { 'Content-Type': 'text/plain' })).status).toBe(400);
  expect((await app.signUp(body, { Origin: 'https://elsewhere.example' })).status).toBe(403);
  const large = await app.signUp('x'.repeat(5_000));
  expect([large.status, await large.json()]).toEqual([
    413,
    { error: 'The request is too large; at most 4096 bytes are accepted.' },
  ]);
  const preflight = (Origin: string) =>
    app.request('/api/subscribers', {
      method: 'OPTIONS',
      headers: {
        Origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type',
      },
    });
  expect((await preflight(SITE)).headers.get('access-control-allow-origin')).toBe(SITE);
  expect(
    (await preflight('https://elsewhere.example')).headers.get('access-control-allow-origin'),
  ).toBeNull();
});

test.each([
  '/',
  '/issues',
  '/comparisons',
  '/comparisons/harborlight-vs-quillbench',
  '/results',
  '/feed.atom',
  '/feed.json',
  '/sitemap.xml',
  '/robots.txt',
  '/api/comparisons',
])('%s answers a conditional request with 304, until it changes', async (path) => {
  const app = await createContentApp();
  const first = await app.request(path);
  const tag = first.headers.get('etag') ?? '';
  expect(tag).toMatch(/^(W\/)?"[^"]+"$/);
  // The signed time of a form does not count as a change.
  app.clock.now = new Date(app.clock.now.getTime() + 60_000);
  for (const tags of [tag, `"x", ${tag}`, tag.replace(/^W\//, '')]) {
    const again = await app.request(path, { headers: { 'If-None-Match': tags } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect(again.headers.get('etag')).toBe(tag);
  }
  expect((await app.request(path, { headers: { 'If-None-Match': '"x"' } })).status).toBe(200);
});
