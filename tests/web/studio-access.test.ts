import { expect, test } from 'vitest';
import { seedReaders } from '../support/seed.ts';
import { ADMIN, createStaffedApp, EDITOR, findLink, signIn, visit } from '../support/staff.ts';
import { createTestApp } from '../support/test-app.ts';
import { deleteExpired } from '../../src/staff/delete-expired.ts';
import { studio } from '../../src/web/studio/studio.tsx';

/** What a stranger may do: ask for a link, use one, and begin with a passkey. */
const FOR_STRANGERS = [
  'GET /sign-in',
  'POST /sign-in',
  'GET /sign-in/:token',
  'POST /sign-in/:token',
  'GET /auth/passkey/generate-authenticate-options',
  'POST /auth/passkey/verify-authentication',
];
const ROUTES = studio('sign-in')
  .routes.filter(({ method }) => method !== 'ALL')
  .map(({ method, path }) => ({ method, path, name: `${method} ${path}` }));

/** A path that matches the route, of things that exist. */
const pathOf = (path: string) =>
  `/studio${path.replace(':week', '2026-W48').replace(':id', '1').replace(':token', 'abc').replace(':kind', 'tools').replace(':slug', 'harborlight').replace(/\/$/, '')}`;

test('every route refuses a stranger, whatever is forged: a session, the host, a form', async () => {
  const app = await createStaffedApp();
  await seedReaders(app.context.db, 1);
  const cookie = await signIn(app, ADMIN);
  const forged = cookie.replace(/[^.]{8}$/, 'AAAAAAAA');
  const answers = async (options: Parameters<typeof visit>[2] = {}) => {
    const given: Record<string, number> = {};
    for (const { method, path, name } of ROUTES.filter((route) => !FOR_STRANGERS.includes(route.name))) {
      const { status, headers } = await visit(app, pathOf(path), {
        method,
        ...(method === 'POST' ? { fields: { typed: '1', address: 'x' } } : {}),
        ...options,
      });
      given[`${name}: ${status} ${headers.get('location') ?? ''}`.trim()] = 1;
    }
    return Object.keys(given).filter(
      (line) => !/^GET .*: 303 \/studio\/sign-in$/.test(line) && !/^POST .*: 401$/.test(line),
    );
  };
  expect(ROUTES.length).toBeGreaterThan(45);
  expect(FOR_STRANGERS.filter((name) => !ROUTES.some((route) => route.name === name))).toEqual([]);
  expect(await answers()).toEqual([]);
  expect(await answers({ cookie: forged })).toEqual([]);
  // A form of another site comes with the browser's cookie, but not from our origin.
  const posts = ROUTES.filter(({ method }) => method === 'POST');
  for (const origin of ['https://evil.example', 'null', '']) {
    for (const { path } of posts) {
      const answer = await visit(app, pathOf(path), { cookie, fields: {}, headers: { origin } });
      expect([path, answer.status]).toEqual([path, 404]);
    }
  }
  expect((await visit(app, '/studio', { cookie })).status).toBe(200);
  // Under the address of the public pages there is no studio, not even for staff.
  for (const { method, path } of ROUTES) {
    const answer = await fetch(app.url + pathOf(path), { method, redirect: 'manual', headers: { cookie } });
    expect([path, answer.status]).toEqual([path, 404]);
  }
  const { readers } = await app.context.db
    .selectFrom('subscribers')
    .select(({ fn }) => fn.countAll<number>().as('readers'))
    .executeTakeFirstOrThrow();
  expect(readers).toBe(1);
});

test('an editor cannot do what only an admin may', async () => {
  const app = await createStaffedApp();
  await seedReaders(app.context.db, 1);
  const { email } = await app.context.db.selectFrom('subscribers').select('email').executeTakeFirstOrThrow();
  const fields = { address: email };
  const editor = await signIn(app, EDITOR);
  const page = await visit(app, '/studio/readers/1', { cookie: editor });
  expect(await page.text()).toContain('Only an admin can export or erase a reader.');
  const refusedExport = await visit(app, '/studio/readers/1/export', { cookie: editor });
  expect(refusedExport.status).toBe(403);
  const exported = await visit(app, '/studio/readers/1/export', { cookie: await signIn(app, ADMIN) });
  expect(exported.status).toBe(200);
  for (const path of [
    'import/reader',
    'import/readers',
    'imports/1',
    'imports/1/events',
    'imports/1/progress',
    'imports/1/refused.csv',
    'export/readers.csv',
  ]) {
    const page = await visit(app, `/studio/${path}`, { cookie: editor });
    expect([path, page.status]).toEqual([path, 403]);
  }
  const refused = await visit(app, '/studio/readers/1/erase', { cookie: editor, fields });
  expect(refused.status).toBe(403);
  expect(await refused.text()).toContain(`${EDITOR} may not do this`);
  expect(await app.context.db.selectFrom('subscribers').select('email').execute()).toEqual([{ email }]);
  const done = await visit(app, '/studio/readers/1/erase', { cookie: await signIn(app, ADMIN), fields });
  expect(done.status).toBe(303);
  expect(await app.context.db.selectFrom('subscribers').select('email').execute()).toEqual([]);
});

test('a mailed link signs in once, by a press; opening it does nothing, and a stranger gets none', async () => {
  const app = await createStaffedApp();
  const ask = async (email: string) => {
    const response = await visit(app, '/studio/sign-in', { fields: { email } });
    await app.drain();
    return [response.status, (await response.text()).replaceAll(/\s+/g, ' ')];
  };
  expect(await ask('delivered+stranger@resend.dev')).toEqual(await ask(EDITOR.toUpperCase()));
  expect(await findLink(app, 'delivered+stranger@resend.dev')).toBeUndefined();
  const link = (await findLink(app, EDITOR)) ?? '';
  for (let opened = 0; opened < 3; opened += 1) {
    const page = await visit(app, link);
    expect([page.status, page.headers.getSetCookie()]).toEqual([200, []]);
    expect(page.headers.get('cache-control')).toBe('no-store');
  }
  const returnCookie = (await visit(app, '/studio/readers')).headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const entered = await visit(app, link, { fields: {}, cookie: returnCookie });
  expect([entered.status, entered.headers.get('location')]).toEqual([303, '/studio/readers']);
  const [cookie = ''] = entered.headers.getSetCookie();
  expect(cookie).toMatch(/; Path=\/studio; HttpOnly; SameSite=Lax/);
  const again = await visit(app, link, { fields: {} });
  expect([again.status, again.headers.getSetCookie()]).toEqual([400, []]);
  expect(await again.text()).toContain('This link doesn’t work any more');
  // The token is stored as a hash only, and is in no job.
  const token = link.split('/').at(-1) ?? '-';
  const { rows } = await app.context.pool.query(
    `select 1 from staff_verifications as v where v::text like $1 union all select 1 from pgboss.job as j where j::text like $1`,
    [`%${token}%`],
  );
  expect(rows).toEqual([]);
  const audit = await app.context.db
    .selectFrom('audit_log')
    .select(['actor', 'action'])
    .orderBy('id')
    .execute();
  expect(audit).toEqual([
    { actor: EDITOR, action: 'was sent a link to sign in' },
    { actor: EDITOR, action: 'signed in' },
  ]);
});

test('links are limited by address and attempts by source', async () => {
  const app = await createStaffedApp();
  const countMails = async () =>
    (await app.context.db.selectFrom('outbox.mails').select('id').execute()).length;
  const ask = async () => {
    await visit(app, '/studio/sign-in', { fields: { email: EDITOR } });
    await app.drain();
  };
  // However many are asked for at once, one is sent.
  await Promise.all(
    Array.from({ length: 6 }, () => visit(app, '/studio/sign-in', { fields: { email: EDITOR } })),
  );
  await app.drain();
  expect(await countMails()).toBe(1);
  for (let asked = 0; asked < 5; asked += 1) {
    await ask();
  }
  expect(await countMails()).toBe(3);
  // Nobody can keep the owner out for longer than a link works.
  app.clock.now = new Date(app.clock.now.getTime() + 11 * 60_000);
  await ask();
  expect(await countMails()).toBe(4);
  const tried: number[] = [];
  for (let attempt = 0; attempt < 22; attempt += 1) {
    tried.push((await visit(app, '/studio/sign-in/guessed', { fields: {} })).status);
  }
  expect(tried).toEqual([...Array<number>(20).fill(400), 429, 429]);
  const blocked = await visit(app, (await findLink(app, EDITOR)) ?? '', { fields: {} });
  expect([blocked.status, blocked.headers.getSetCookie()]).toEqual([429, []]);
});

test('neither a link nor a session works for somebody who is removed from STAFF_EMAILS', async () => {
  const app = await createStaffedApp();
  const cookie = await signIn(app, EDITOR);
  await visit(app, '/studio/sign-in', { fields: { email: EDITOR } });
  await app.drain();
  expect((await visit(app, '/studio', { cookie })).status).toBe(200);
  app.context.config = { ...app.context.config, staffEmails: [ADMIN] };
  expect((await visit(app, '/studio', { cookie })).status).toBe(303);
  const entered = await visit(app, (await findLink(app, EDITOR)) ?? '', { fields: {} });
  expect([entered.status, entered.headers.getSetCookie()]).toEqual([400, []]);
});

test('sessions are listed and ended: one’s own by everybody, those of others by an admin', async () => {
  const app = await createStaffedApp();
  const [editor, admin] = [await signIn(app, EDITOR), await signIn(app, ADMIN)];
  const idOf = async (address: string) => {
    const query = app.context.db
      .selectFrom('staff_sessions')
      .innerJoin('staff_users', 'staff_users.id', 'user_id')
      .select('staff_sessions.id')
      .where('email', '=', address);
    return (await query.executeTakeFirst())?.id ?? '';
  };
  const account = async (cookie: string) => (await visit(app, '/studio/account', { cookie })).text();
  expect(await account(editor)).not.toContain(ADMIN);
  expect(await account(admin)).toContain(EDITOR);
  await visit(app, '/studio/sessions/end', { cookie: editor, fields: { id: await idOf(ADMIN) } });
  expect((await visit(app, '/studio', { cookie: admin })).status).toBe(200);
  await visit(app, '/studio/sessions/end', { cookie: admin, fields: { id: await idOf(EDITOR) } });
  expect((await visit(app, '/studio', { cookie: editor })).status).toBe(303);
  await visit(app, '/studio/sign-out', { cookie: admin, fields: {} });
  expect((await visit(app, '/studio', { cookie: admin })).status).toBe(303);
});

test('the script that saves is told when a session has ended, so that nothing typed is lost', async () => {
  const app = await createStaffedApp();
  const saved = await visit(app, '/studio/issues/2026-W48/edit', {
    fields: { introduction: 'x' },
    headers: { accept: 'application/json' },
  });
  expect([saved.status, await saved.json()]).toEqual([
    401,
    { problem: 'You are signed out: sign in on another tab, then go on here.' },
  ]);
});

test('without STUDIO_ORIGIN there is no sign-in, and the studio answers only this machine', async () => {
  const app = await createTestApp({ STAFF_EMAILS: EDITOR });
  expect((await app.request('/studio/sign-in')).status).toBe(404);
  expect((await app.request('/studio/account')).status).toBe(404);
  expect((await app.request('/studio')).status).toBe(200);
  const proxied = await app.request('/studio', { headers: { 'x-forwarded-for': '203.0.113.9' } });
  expect(proxied.status).toBe(404);
});

test('a stranger’s upload is refused before it is read', async () => {
  const app = await createStaffedApp();
  let sent = 0;
  const endless = new ReadableStream({
    pull: (controller) => {
      sent += 1;
      controller.enqueue(new Uint8Array(64 * 1024));
    },
  });
  const upload = { method: 'POST', body: endless, duplex: 'half', headers: { origin: app.origin } };
  const status = await fetch(`${app.origin}/studio/import/readers`, upload as RequestInit).then(
    (response) => response.status,
    () => 'closed',
  );
  expect([401, 'closed']).toContain(status);
  expect(sent).toBeLessThan(200);
});

test('only a page is remembered as the one to return to, not a frame or a script’s request', async () => {
  const app = await createStaffedApp();
  for (const dest of ['empty', 'iframe', 'script']) {
    const answer = await visit(app, '/studio/issues/2026-W48/events', {
      headers: { 'sec-fetch-dest': dest },
    });
    expect(answer.headers.getSetCookie()).toEqual([]);
  }
});

test('what is not JSON does not reach better-auth, and counted attempts are forgotten', async () => {
  const app = await createStaffedApp();
  for (const [type, body] of [
    ['secret/ann@example.org', '{}'],
    ['application/json', '{'],
    ['application/json', '1'],
  ]) {
    const answer = await fetch(`${app.origin}/studio/auth/passkey/verify-authentication`, {
      method: 'POST',
      body: body ?? '',
      headers: { origin: app.origin, 'content-type': type ?? '' },
    });
    expect(answer.status).toBe(400);
  }
  await visit(app, '/studio/sign-in/guessed', { fields: {} });
  const attempts = () => app.context.db.selectFrom('staff_attempts').select('id').execute();
  expect(await attempts()).toHaveLength(1);
  app.clock.now = new Date(Date.now() + 8 * 86_400_000);
  await deleteExpired(app.context);
  expect(await attempts()).toEqual([]);
});
