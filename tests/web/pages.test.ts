import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { signSubscriber, signVote } from '../../src/links/tokens.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { createApp } from '../../src/web/app.tsx';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';

async function createDrafted() {
  const app = await createTestApp();
  await seedContent(app.context.db);
  await seedReaders(app.context.db, 2);
  await draftIssue(app.context, WEEK);
  return app;
}

async function createSent() {
  const app = await createDrafted();
  await approveIssue(app.context, WEEK, 'test');
  await prepareIssue(app.context, WEEK);
  await app.drain();
  return app;
}

test('no two routes are ambiguous, so that the fastest router can handle all of them', async () => {
  const { context } = await createTestApp();
  const app = createApp(context);
  await app.request('/healthz');
  expect(app.router.name).toBe('SmartRouter + RegExpRouter');
});

test('every response has security headers, and pages with a reader’s token are neither cached nor indexed', async () => {
  const app = await createSent();
  const keys = app.context.linkKeys;
  const vote = signVote(keys, { issue_id: 1, subscriber_id: 1 });
  const open = [
    '/',
    '/issues',
    `/issues/${WEEK}`,
    '/comparisons/harborlight-vs-quillbench',
    '/nothing',
    '/healthz',
    '/readyz',
    '/studio',
    '/favicon.svg',
  ];
  const closed = [
    `/v/${vote}`,
    `/v/${vote}/harborlight/ship`,
    '/v/forged/harborlight/ship',
    `/i/${vote}`,
    `/confirm/${signSubscriber(keys, 'confirm', 1)}`,
    `/unsubscribe/${signSubscriber(keys, 'unsubscribe', 1)}`,
    `/preferences/${signSubscriber(keys, 'preferences', 1)}`,
  ];
  for (const path of [...open, ...closed]) {
    const { headers } = await app.request(path);
    expect(headers.get('content-security-policy'), path).toMatch(/^default-src 'none'; .*frame-ancestors/);
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
    expect(headers.get('referrer-policy'), path).toBe('same-origin');
  }
  for (const path of closed) {
    const { headers } = await app.request(path);
    expect(headers.get('cache-control'), path).toBe('no-store');
    expect(headers.get('x-robots-tag'), path).toBe('noindex');
  }
});

test('the vote and confirmation pages have exactly one script, our own, allowed by nonce', async () => {
  const app = await createSent();
  const keys = app.context.linkKeys;
  const vote = `/v/${signVote(keys, { issue_id: 1, subscriber_id: 1 })}/harborlight/ship`;
  await app.context.db.updateTable('subscribers').set({ status: 'pending' }).where('id', '=', 2).execute();
  const nonces = [];
  for (const path of [vote, vote, `/confirm/${signSubscriber(keys, 'confirm', 2)}`]) {
    const answer = await app.request(path);
    const html = await answer.text();
    const [, src = '', nonce = ''] =
      /<script src="([^"]*)" nonce="([^"]*)" defer=""><\/script>/.exec(html) ?? [];
    expect(html.match(/<script/g), path).toHaveLength(1);
    expect(html, path).not.toMatch(/\son\w+=/);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src 'nonce-${nonce}'`);
    expect(policy).not.toContain('unsafe');
    expect(src).toMatch(/^\/assets\/vote-[0-9a-f]{12}\.js$/);
    const script = await app.request(src);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('cache-control')).toContain('immutable');
    nonces.push(nonce);
  }
  expect(new Set(nonces).size).toBe(3);
});

test('no other page has a script, and no page loads anything from another site', async () => {
  const app = await createSent();
  for (const path of [
    '/',
    '/issues',
    `/issues/${WEEK}`,
    '/comparisons/harborlight-vs-quillbench',
    '/studio',
    `/studio/issues/${WEEK}/send-now`,
    `/studio/issues/${WEEK}/progress`,
  ]) {
    const html = await (await app.request(path)).text();
    const code = html.replaceAll(/<script type="application\/ld\+json">[^<]*<\/script>/g, '');
    expect(code, path).not.toMatch(/<script|\son\w+=/);
    expect(html, path).not.toMatch(/(?:src|<link rel="(?!canonical)[^>]*href)="(?!\/)/);
  }
});

test('a comparison’s page shows everything about both tools: figures, texts and every quote in full', async () => {
  const app = await createTestApp();
  await seedContent(app.context.db);
  const html = await (await app.request('/comparisons/harborlight-vs-quillbench')).text();
  const shown = html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&#x27;', "'")
    .replaceAll(/\s+/g, ' ');
  const tools = await app.context.db
    .selectFrom('tools')
    .selectAll()
    .where('slug', 'in', ['harborlight', 'quillbench'])
    .execute();
  const reviews = await app.context.db
    .selectFrom('reviews')
    .selectAll()
    .where('tool_slug', 'in', ['harborlight', 'quillbench'])
    .execute();
  expect(reviews).toHaveLength(8);
  const words = [
    ...tools.flatMap((tool) => [tool.name, tool.category, tool.tagline, tool.description]),
    ...reviews.map((review) => review.quote),
    'AI tool comparison',
    'Which one earns its place?',
    '75%',
    '50%',
    'Readers',
    '—',
    'Price',
    'Paid',
    'Reviewer scorecard',
    'The Builder',
    'The Founder',
    'AI panel',
    'Send me the weekly verdicts',
  ];
  expect(words.filter((text) => !shown.includes(text))).toEqual([]);
});

test('while an issue is being sent the studio shows the progress, and nothing that is being typed is lost', async () => {
  const app = await createDrafted();
  await approveIssue(app.context, WEEK, 'test');
  await prepareIssue(app.context, WEEK);
  const load = async (path: string) => (await app.request(`/studio/issues/${WEEK}${path}`)).text();
  // Somebody may be typing on the page: only its frame reloads itself.
  expect(await load('')).toContain(`src="/studio/issues/${WEEK}/progress"`);
  expect(await load('')).not.toContain('http-equiv="refresh"');
  expect(await load('/progress')).toContain('0 of 2 done');
  expect(await load('/progress')).toContain('http-equiv="refresh"');
  await app.drain();
  expect(await load('/progress')).toContain('2 of 2 done');
  expect(await load('/progress')).not.toContain('http-equiv="refresh"');
  expect(await load('')).toContain('2 of 2 done');
});

test('only staff can see a draft', async () => {
  const app = await createDrafted();
  expect((await app.request(`/issues/${WEEK}`)).status).toBe(404);
  expect(
    (await app.request(`/i/${signVote(app.context.linkKeys, { issue_id: 1, subscriber_id: 1 })}`)).status,
  ).toBe(404);
  expect(await (await app.request('/')).text()).not.toContain('Harborlight');
  expect(await (await app.request(`/studio/issues/${WEEK}`)).text()).toContain('Harborlight');
});

test('a reader’s input is escaped', async () => {
  const app = await createTestApp();
  const page = await (await app.subscribe('"><script>alert(1)</script>')).text();
  expect(page).not.toContain('<script>');
  expect(page).toContain('&lt;script&gt;');
});

test('malformed paths and bodies get a client error, not a crash', async () => {
  const app = await createTestApp();
  for (const path of [
    '/issues/%E0%A4%A',
    '/issues/2026-W99',
    '/issues/../etc',
    '/v/%ff/x/ship',
    '/comparisons/%00',
    `/v/${'a'.repeat(5_000)}/b/ship`,
  ]) {
    const { status } = await app.request(path);
    expect([400, 404], path).toContain(status);
  }
  expect(
    (
      await app.request('/subscribe', {
        method: 'POST',
        body: 'x'.repeat(100_000),
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      })
    ).status,
  ).toBe(413);
  expect(
    (
      await app.request('/subscribe', {
        method: 'POST',
        body: '{}',
        headers: { 'Content-Type': 'application/json' },
      })
    ).status,
  ).toBe(400);
  expect((await app.request('/subscribe', { method: 'PUT' })).status).toBe(404);
  const torn = { method: 'POST', body: 'torn', headers: { 'Content-Type': 'multipart/form-data' } };
  expect((await app.request('/subscribe', torn)).status).toBe(400);
  expect((await app.subscribe('delivered+a@resend.dev', { source: '\0x' })).status).toBe(200);
});

test('the staff pages and the outbox answer only a browser on this machine', async () => {
  const app = await createDrafted();
  const direct = createApp(app.context);
  const socket = (remoteAddress: string) => ({
    incoming: { socket: { remoteAddress, remotePort: 1, remoteFamily: 'IPv4' } },
  });
  const ask = async (headers: Record<string, string>, address = '127.0.0.1') =>
    (await direct.request('/studio', { headers: { host: 'localhost:3000', ...headers } }, socket(address)))
      .status;
  expect(await ask({})).toBe(200);
  expect(await ask({ host: '127.0.0.1:3000' })).toBe(200);
  expect(await ask({}, '192.0.2.7')).toBe(404);
  expect(await ask({ host: 'rebound.example' })).toBe(404);
  expect(await ask({ host: 'localhost.example' })).toBe(404);
  for (const name of [
    'X-Forwarded-For',
    'Forwarded',
    'X-Real-IP',
    'Via',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'CF-Connecting-IP',
    'True-Client-IP',
  ]) {
    expect(await ask({ [name]: '127.0.0.1' }), name).toBe(404);
  }
  expect((await app.request('/outbox', { headers: { 'X-Forwarded-For': '192.0.2.7' } })).status).toBe(404);
  expect((await direct.request('/studio')).status).toBe(404);
});

test('another site cannot submit the studio’s forms', async () => {
  const app = await createDrafted();
  const press = (headers: Record<string, string>) =>
    app.request(`/studio/issues/${WEEK}/approve`, { method: 'POST', headers });
  expect((await press({ Origin: 'https://evil.example' })).status).toBe(404);
  expect((await press({ Origin: 'null' })).status).toBe(404);
  expect((await press({ 'Sec-Fetch-Site': 'cross-site' })).status).toBe(404);
  expect((await app.post(`/studio/issues/${WEEK}/constructor`)).status).toBe(404);
  expect((await app.context.db.selectFrom('issues').select('status').executeTakeFirstOrThrow()).status).toBe(
    'draft',
  );
  expect((await press({ Origin: app.url })).status).toBe(303);
  expect((await app.context.db.selectFrom('issues').select('status').executeTakeFirstOrThrow()).status).toBe(
    'approved',
  );
});

test('with real sending the staff pages are closed', async () => {
  const app = await createTestApp({
    RESEND_API_KEY: 're_real',
    PUBLIC_URL: 'https://verdicts.example.net',
    MAIL_FROM: 'Weekly Verdicts <verdicts@mail.example.net>',
    POSTAL_ADDRESS: '1 High Street',
    LINK_SECRET: 'a-secret-that-is-long-enough-for-signing-links',
    RESEND_WEBHOOK_SECRET: 'whsec_c2VjcmV0',
  });
  expect((await app.request('/studio')).status).toBe(404);
  const home = await app.request('/');
  expect(await home.text()).not.toMatch(/studio|outbox/i);
  expect(home.headers.get('strict-transport-security')).toMatch(/max-age/);
});

test('staff can preview an issue as any reader, and hold or release it', async () => {
  const app = await createDrafted();
  const choose = (email: string) => app.post(`/studio/issues/${WEEK}/reader`, { email });
  const chosen = await choose('delivered+2@resend.dev');
  expect(chosen.headers.get('location')).toBe(`/studio/issues/${WEEK}?reader=2#mail`);
  const nobody = await choose('nobody@resend.dev');
  expect([nobody.status, await nobody.text()]).toEqual([
    404,
    expect.stringContaining('No reader has that address'),
  ]);
  for (const part of ['delivered+', 'RESEND.dev']) {
    const page = await (await choose(part)).text();
    expect(page).toContain(`<a href="/studio/issues/${WEEK}?reader=2#mail">delivered+2@resend.dev</a>`);
  }
  const copy = await (await app.request(`/studio/issues/${WEEK}/copy?reader=2`)).text();
  expect(copy).toContain(signVote(app.context.previewKeys, { issue_id: 1, subscriber_id: 2 }));
  // Of a reader who was erased meanwhile, or never existed.
  for (const unknown of ['404', '99999999999', 'x']) {
    const other = await (await app.request(`/studio/issues/${WEEK}/copy?reader=${unknown}`)).text();
    expect(other, unknown).toContain(signVote(app.context.previewKeys, { issue_id: 1, subscriber_id: 1 }));
  }
  const mirrored = await (await app.request(`/studio/issues/${WEEK}/copy?look=rtl`)).text();
  expect(mirrored.match(/<(?:html|div role="article")[^>]*\bdir="rtl"/g)).toHaveLength(2);
  const view = async (name: string) =>
    (await app.request(`/studio/issues/${WEEK}?reader=2&view=${name}`)).text();
  expect(await view('text')).toContain('WEEKLY AI TOOL VERDICTS');
  expect(await view('headers')).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
  expect(await view('phone')).toContain('class="phone"');
  expect(await view('phone')).not.toContain('class="desktop"');
  expect(await view('both')).toMatch(/class="phone".*class="desktop"/);
  expect(await view('source')).toMatch(/HTML: [\d,]+ of the 102,000 bytes/);
  expect(await view('desktop')).toContain('the panel votes 3–1 on Harborlight, 2–2 on Quillbench');
  await app.post(`/studio/issues/${WEEK}/hold`);
  expect(await view('desktop')).toContain('</span> by ');
  await app.post(`/studio/issues/${WEEK}/release`);
  expect((await app.post(`/studio/issues/${WEEK}/resume`)).status).toBe(409);
});

test('a page with a sign-up form has another ETag the next day, since a form that is a week old is not accepted', async () => {
  const app = await createTestApp();
  const tags = async () =>
    Promise.all(['/issues', '/feed.atom'].map(async (path) => (await app.request(path)).headers.get('ETag')));
  const [page, feed] = await tags();
  app.clock.now = new Date('2026-11-24T22:00:00Z');
  expect(await tags()).toEqual([page, feed]);
  app.clock.now = new Date('2026-11-25T10:00:00Z');
  const [later, same] = await tags();
  expect(later).not.toBe(page);
  expect(same).toBe(feed);
});

test('a path that a proxy lets through only from inside has no other spelling', async () => {
  const app = await createTestApp();
  for (const path of ['/readyz', '/healthz', '/readyz/']) {
    expect([path, (await app.request(path)).status]).toEqual([path, 200]);
  }
  for (const path of ['/readyz.', '/ready%20z', '/readyz&x', '/onschedule)', '/readyz%3Fx', '/healthz,']) {
    expect([path, (await app.request(path)).status]).toEqual([path, 404]);
  }
});

test('/readyz reports a missing migration, while /healthz stays ok', async () => {
  const app = await createTestApp();
  expect(await (await app.request('/readyz')).json()).toEqual({ status: 'ok' });
  await sql`delete from kysely_migration where name like '%outbox'`.execute(app.context.db);
  const answer = await app.request('/readyz');
  expect([answer.status, await answer.json()]).toEqual([
    503,
    {
      status: expect.stringContaining('run `verdicts migrate`'),
      objects: [expect.stringContaining('outbox')],
    },
  ]);
  expect((await app.request('/healthz')).status).toBe(200);
});
