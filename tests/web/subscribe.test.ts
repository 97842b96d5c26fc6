import { expect, test } from 'vitest';
import { signPage } from '../../src/links/tokens.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const EMAIL = 'delivered+ann@resend.dev';
const SITE = 'https://tools.example.net';
const MAX_ROUNDS = 60;

const mailsTo = async (app: TestApp, part = '') => {
  await app.drain();
  const mails = await app.context.db
    .selectFrom('outbox.mails')
    .select(['to_addresses', 'subject', 'text'])
    .orderBy('sequence')
    .execute();
  return mails
    .map(({ to_addresses, ...mail }) => ({ ...mail, recipient: to_addresses.join() }))
    .filter(({ recipient }) => recipient.includes(part));
};

const from = (app: TestApp, address: string, fields: Record<string, string>) => {
  const started = signPage(
    app.context.linkKeys,
    { issue_id: 0, subscriber_id: 0 },
    new Date(app.clock.now.getTime() - 5_000),
  );
  return app.request('/subscribe', {
    method: 'POST',
    body: new URLSearchParams({ wording: '2026-11', started, ...fields }),
    headers: { Origin: app.url, 'X-Forwarded-For': address },
  });
};

test('a likely typo is asked about, and nothing is sent before the reader has chosen', async () => {
  const app = await createTestApp();
  const asked = await (await app.subscribe('ann@gmial.com')).text();
  expect(asked).toContain('Did you mean <strong class="address">ann@gmail.com</strong>?');
  expect(await mailsTo(app)).toEqual([]);
  for (const email of ['ann@gmial.com', 'ann@gmail.com']) {
    expect(asked).toContain(`name="email" value="${email}"`);
    expect(await (await app.subscribe(email, { as_typed: '1' })).text()).toContain('Check your inbox');
  }
  expect((await mailsTo(app)).map(({ recipient }) => recipient)).toEqual(['ann@gmial.com', 'ann@gmail.com']);
});

test('the answer repeats the address, says where to look, and lets it be corrected', async () => {
  const app = await createTestApp({ RESEND_API_KEY: '' });
  const page = await (await app.subscribe(`  Ann <${EMAIL}>`)).text();
  expect(page).toContain(`<strong class="address">${EMAIL}</strong>`);
  expect(page).toContain('Wrong address?');
  expect(page).toMatch(/name="email"[^>]*value="delivered\+ann@resend.dev"/);
  expect(page).toContain('spam folder');
});

test.each([
  ['at once', { started: 0 }],
  ['after weeks', { started: -30 * 86_400_000 }],
  ['with the hidden field', { started: -60_000, nickname: 'Ann' }],
  ['without a signed time', {}],
  ['with a forged time', { started: 'abc.aaaaaaaaaaaaaaaaaaaaaa' }],
])(
  'a form that comes back %s asks for one more press, and sends nothing before',
  async (_, { started, ...fields }: { started?: number | string; nickname?: string }) => {
    const app = await createTestApp();
    const sign = (age: number) =>
      signPage(
        app.context.linkKeys,
        { issue_id: 0, subscriber_id: 0 },
        new Date(app.clock.now.getTime() + age),
      );
    const signed = typeof started === 'number' ? sign(started) : (started ?? '');
    const page = await (await app.subscribe(EMAIL, { ...fields, started: signed })).text();
    expect(page).toContain('One more press');
    expect(await mailsTo(app)).toEqual([]);
    const hidden = Object.fromEntries(
      [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [
        name!,
        value!,
      ]),
    );
    app.clock.now = new Date(app.clock.now.getTime() + 2_000);
    expect(await (await app.post('/subscribe', hidden)).text()).toContain('Check your inbox');
    expect(await mailsTo(app)).toHaveLength(1);
  },
);

test('one source causes at most twenty mails an hour; the page stays the same', async () => {
  const app = await createTestApp({ TRUSTED_PROXIES: '1' });
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      from(app, '9.9.9.9', { email: `delivered+${index}@resend.dev` }),
    ),
  );
  const pages = await Promise.all(
    answers.map(async (answer) => (await answer.text()).replaceAll(/delivered\+\d+@/g, '')),
  );
  expect(new Set(pages).size).toBe(1);
  expect(await mailsTo(app)).toHaveLength(20);
  // Another address of the same /64 is the same source, another network is not.
  for (let index = 0; index < 25; index += 1) {
    await from(app, `2620:fe:1:2::${index}`, { email: `delivered+v6.${index}@resend.dev` });
  }
  expect(await mailsTo(app, 'v6')).toHaveLength(20);
  await from(app, '9.9.8.8', { email: EMAIL });
  expect(await mailsTo(app, 'ann')).toHaveLength(1);
  app.clock.now = new Date(app.clock.now.getTime() + 3_600_000);
  await from(app, '9.9.9.9', { email: 'delivered+later@resend.dev' });
  expect(await mailsTo(app, 'later')).toHaveLength(1);
});

test('in a flood, sources that have asked least often get a mail first, and among these the latest', async () => {
  const app = await createTestApp({ TRUSTED_PROXIES: '1' });
  const asks: [name: string, source: string][] = [
    ['flood1', '9.9.9.9'],
    ['flood2', '9.9.9.9'],
    ['flood3', '9.9.8.8'],
    ['flood4', '9.9.7.7'],
    ['ann', '9.9.6.6'],
    ['flood5', '9.9.8.8'],
  ];
  for (const [name, source] of asks) {
    app.clock.now = new Date(app.clock.now.getTime() + 100);
    await from(app, source, { email: `delivered+${name}@resend.dev` });
  }
  const order = (await mailsTo(app)).map(({ recipient }) => /\+(\w+)@/.exec(recipient)?.[1]);
  expect(order).toEqual(['ann', 'flood4', 'flood3', 'flood1', 'flood5', 'flood2']);
});

test('seven spellings of one mailbox get four mails a day', async () => {
  const app = await createTestApp();
  const spellings = ['annlee', 'ann.lee', 'a.nnlee', 'annlee+1', 'annlee+2', 'an.n.lee+3', 'ANNLEE'];
  for (const spelling of spellings) {
    await app.subscribe(`${spelling}@gmail.com`);
  }
  expect(await mailsTo(app, '@gmail.com')).toHaveLength(4);
});

test('beyond the hourly limit nobody gets a mail, and staff are told', async () => {
  const app = await createTestApp({ SIGN_UPS_PER_HOUR: '3' });
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    await app.subscribe(`delivered+${name}@resend.dev`);
  }
  expect(await mailsTo(app)).toHaveLength(3);
  const notices = await app.context.db.selectFrom('staff_notices').select('message').execute();
  expect(notices.map(({ message }) => message)).toEqual([expect.stringContaining('raise SIGN_UPS_PER_HOUR')]);
});

test('beyond the hourly limit nobody gets a mail, even when many ask at once', async () => {
  const app = await createTestApp({ SIGN_UPS_PER_HOUR: '3' });
  await Promise.all(Array.from({ length: 12 }, (_, index) => app.subscribe(`delivered+${index}@resend.dev`)));
  expect(await mailsTo(app)).toHaveLength(3);
  // Those who got none are not stored either: they may ask again in an hour.
  expect(await app.context.db.selectFrom('subscribers').select('email').execute()).toHaveLength(3);
});

test('sources hidden by a proxy are limited as one, and staff are told what to set', async () => {
  const app = await createTestApp({ TRUSTED_PROXIES: '1', SIGN_UPS_PER_SOURCE: '2' });
  for (const name of ['a', 'b', 'c']) {
    await from(app, '10.0.0.1', { email: `delivered+${name}@resend.dev` });
  }
  expect(await mailsTo(app)).toHaveLength(2);
  const notices = await app.context.db.selectFrom('staff_notices').select('message').execute();
  expect(notices.map(({ message }) => message)).toEqual([expect.stringContaining('set TRUSTED_PROXIES')]);
});

test('an active reader who signs up again is told so, once a day', async () => {
  const app = await createTestApp();
  await app.subscribe(EMAIL);
  await app.context.db
    .updateTable('subscribers')
    .set({ status: 'active', confirmed_at: app.clock.now })
    .execute();
  await app.drain();
  const told = async () =>
    (await mailsTo(app)).filter(({ subject }) => subject.startsWith('You’re already in')).length;
  await app.subscribe(EMAIL);
  await app.subscribe(EMAIL);
  expect(await told()).toBe(1);
  app.clock.now = new Date(app.clock.now.getTime() + 25 * 3_600_000);
  await app.subscribe(EMAIL);
  expect(await told()).toBe(2);
});

test('no other website can sign up its visitors; the site’s own pages can, with the version of their wording', async () => {
  const app = await createTestApp({ SITE_ORIGINS: SITE });
  const post = (headers: Record<string, string>, fields: Record<string, string> = {}) =>
    app.request('/subscribe', {
      method: 'POST',
      body: new URLSearchParams({ email: EMAIL, ...fields }),
      headers,
    });
  for (const headers of [
    { Origin: 'https://elsewhere.example' },
    { Origin: 'null' },
    { Origin: 'https://tools.example.net.elsewhere.example' },
    { Origin: 'http://tools.example.net' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { Origin: 'null' },
  ]) {
    expect((await post(headers, { wording: '2026-11' })).status, JSON.stringify(headers)).toBe(403);
  }
  expect(await (await post({ Origin: 'null' }, { wording: '2026-11' })).text()).toContain('Referrer-Policy');
  expect((await post({ Origin: SITE })).status).toBe(400);
  expect(await mailsTo(app)).toEqual([]);
  const page = await post({ Origin: SITE }, { wording: 'site-3', source: '/compare/a-vs-b' });
  expect(await page.text()).toContain('Check your inbox');
  const stored = await app.context.db
    .selectFrom('subscribers')
    .select(['consent_source', 'consent_form', 'consent_wording'])
    .execute();
  expect(stored).toEqual([
    { consent_source: '/compare/a-vs-b', consent_form: 'embedded', consent_wording: 'site-3' },
  ]);
  const back = `${SITE}/thanks?x=1`;
  const answer = await post({ Origin: SITE }, { wording: 'site-3', return_to: back });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, back]);
  // A typo on a form of the site's is asked about on our page; it remains a form of the site's.
  const typo = await (await post({ Origin: SITE }, { wording: 'site-4', email: 'ann@gmial.com' })).text();
  expect(typo).toContain('name="form" value="embedded"');
  expect(typo).toContain('name="wording" value="site-4"');
  for (const return_to of [
    'https://elsewhere.example/',
    '//elsewhere.example',
    'javascript:alert(1)',
    '/x',
  ]) {
    expect((await post({ Origin: SITE }, { wording: 'site-3', return_to })).status, return_to).toBe(400);
  }
});

test('the consent record has form, page, wording, times, method, and for 30 days the network address', async () => {
  const app = await createTestApp({ TRUSTED_PROXIES: '1' });
  const { context, clock } = app;
  const asked = clock.now;
  await from(app, '9.9.9.9', { email: EMAIL, source: '/results' });
  await app.drain();
  const confirm = await confirmLink(app);
  clock.now = new Date(clock.now.getTime() + 60_000);
  await app.request(confirm, {
    method: 'POST',
    body: new URLSearchParams({ way: 'automatic' }),
    headers: { Origin: app.url, 'X-Forwarded-For': '8.8.8.8' },
  });
  const record = () =>
    context.db
      .selectFrom('subscribers')
      .select(['consent_source', 'consent_form', 'consent_wording', 'requested_at', 'confirmation_sent_at'])
      .select(['confirmed_at', 'confirmed_by'])
      .executeTakeFirstOrThrow();
  const first = {
    consent_source: '/results',
    consent_form: 'site',
    consent_wording: '2026-11',
    requested_at: asked,
    confirmation_sent_at: asked,
    confirmed_at: clock.now,
    confirmed_by: 'tap',
  };
  expect(await record()).toEqual(first);
  const sources = () =>
    context.db.selectFrom('consent_sources').select(['event', 'address']).orderBy('at').execute();
  expect(await sources()).toEqual([
    { event: 'request', address: '9.9.9.9' },
    { event: 'confirmation', address: '8.8.8.8' },
  ]);
  // A consent that has ended is kept when a new one begins.
  await context.db
    .updateTable('subscribers')
    .set({ status: 'unsubscribed', unsubscribed_at: clock.now })
    .execute();
  const left = clock.now;
  clock.now = new Date(clock.now.getTime() + 40 * 86_400_000);
  await from(app, '9.9.9.9', { email: EMAIL, source: '/' });
  const past = await context.db.selectFrom('past_consents').select(['consent', 'ended_at']).execute();
  expect(past).toEqual([{ consent: JSON.parse(JSON.stringify(first)), ended_at: left }]);
  expect(await record()).toMatchObject({ consent_source: '/', confirmed_at: null, confirmed_by: null });
  const { deleteExpiredDataJob } = await import('../../jobs/readers/delete-expired-data.ts');
  await deleteExpiredDataJob(context);
  expect(await sources()).toEqual([{ event: 'request', address: '9.9.9.9' }]);
});

// Compares the fastest answers: a busy machine delays any answer, whoever it is for, but a difference that reveals something remains.
test(
  'new, known, active, suppressed and limited addresses are answered in the same time',
  { timeout: 60_000 },
  async () => {
    const app = await createTestApp({ SIGN_UPS_PER_SOURCE: String(MAX_ROUNDS), TRUSTED_PROXIES: '1' });
    const { db } = app.context;
    const states = ['pending', 'active', 'unsubscribed', 'suppressed'] as const;
    for (const status of states) {
      await db
        .insertInto('subscribers')
        .values({
          email: `delivered+${status}@resend.dev`,
          status,
          consent_source: 'x',
          requested_at: app.clock.now,
          confirmed_at: app.clock.now,
          unsubscribed_at: status === 'unsubscribed' ? app.clock.now : null,
          suppressed_at: status === 'suppressed' ? app.clock.now : null,
          suppressed_reason: status === 'suppressed' ? 'complained' : null,
        })
        .execute();
    }
    const known = states.map((status) => ({
      network: `9.9.1.${status.length}`,
      email: `delivered+${status}@resend.dev`,
    }));
    const limited = { network: '9.8.7.6', email: 'delivered+limited@resend.dev' };
    await Promise.all(
      Array.from({ length: MAX_ROUNDS }, () =>
        from(app, limited.network, { email: 'delivered+other@resend.dev' }),
      ),
    );
    const timed = async ({ network, email }: typeof limited, round: number) => {
      const started = performance.now();
      await from(app, network, { email: email.replace('new', `new${round}`) });
      return performance.now() - started;
    };
    const asked = [...known, limited, { network: '9.9.2.2', email: 'delivered+new@resend.dev' }];
    const fastest = asked.map(() => Number.POSITIVE_INFINITY);
    const ratio = () => Math.max(...fastest) / Math.min(...fastest);
    for (let round = 0; round < MAX_ROUNDS && !(ratio() < 1.05); round += 1) {
      // Each is asked first in some rounds: whoever is answered after others waits for their pages.
      const places = asked.map((_, index) => (index + round) % asked.length);
      await Promise.all(
        places.map(async (place) => {
          fastest[place] = Math.min(fastest[place]!, await timed(asked[place]!, round));
        }),
      );
    }
    expect(ratio()).toBeLessThan(1.05);
  },
);

async function confirmLink(app: TestApp): Promise<string> {
  const [mail] = await mailsTo(app);
  return new URL(/http\S+\/confirm\/\S+/.exec(mail?.text ?? '')![0]).pathname;
}
