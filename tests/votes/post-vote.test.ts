import { expect, test } from 'vitest';
import { openContext } from '../../src/context.ts';
import { postVote } from '../../src/votes/cast/cast.ts';
import { closeVoting } from '../../src/votes/close/close.ts';
import { deleteEvidence } from '../../src/votes/retention/delete-evidence.ts';
import { learnMailClasses } from '../../src/votes/learn/learn-mail-classes.ts';
import { loadTallies } from '../../src/votes/tally/load-tallies.ts';
import { runCommand } from '../support/run-command.ts';
import { createSentIssue, type SentIssue, WEEK } from '../support/sent-issue.ts';
import { pageTokenIn, visitAndVote } from '../support/visit.ts';

const HOURS_MS = 3_600_000;

function later(app: SentIssue, hours: number): void {
  app.clock.now = new Date(app.clock.now.getTime() + hours * HOURS_MS);
}

test('an automatic vote without human interaction is held; a later interaction releases it', async () => {
  const app = await createSentIssue();
  later(app, 2);
  const path = app.pathOf(1);
  const page = pageTokenIn(await (await app.request(path)).text());
  app.clock.now = new Date(app.clock.now.getTime() + 2_500);
  await app.post(path, { page, way: 'automatic', hand: '' });
  expect(await app.listVotes()).toEqual(['harborlight ship no sign of a person']);
  expect(await (await app.request(path)).text()).toContain('Press once more and it counts');
  expect((await app.post(`${path}/hand`, { page, hand: 'touchstart@4000' })).status).toBe(204);
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
  expect(await (await app.request(path)).text()).toContain('Counted: Ship Harborlight');
});

test('human interaction with a forged page token or one of another reader changes nothing', async () => {
  const app = await createSentIssue();
  later(app, 2);
  const path = app.pathOf(1);
  const page = pageTokenIn(await (await app.request(path)).text());
  const other = pageTokenIn(await (await app.request(app.pathOf(2))).text());
  app.clock.now = new Date(app.clock.now.getTime() + 1_500);
  await app.post(path, { page, way: 'automatic' });
  for (const forged of ['', 'x', `${page.slice(0, -1)}_`, other]) {
    const hand = { page: forged, hand: 'pointerdown@900' };
    expect((await app.post(`${path}/hand`, hand)).status).toBe(204);
  }
  expect(await app.listVotes()).toEqual(['harborlight ship no sign of a person']);
  await app.post(app.pathOf(1, 'quillbench'), { page: other, hand: 'pointerdown@900' });
  expect(await app.listVotes()).toContain('quillbench ship too fast');
});

test('a double click is one cast; a vote from the first page after going back counts again', async () => {
  const app = await createSentIssue();
  later(app, 2);
  const path = app.pathOf(1);
  const page = pageTokenIn(await (await app.request(path)).text());
  app.clock.now = new Date(app.clock.now.getTime() + 5_000);
  await Promise.all([
    app.post(path, { page, hand: 'pointerdown@900' }),
    app.post(path, { page, hand: 'pointerdown@900' }),
    app.post(path, { page, hand: 'pointerdown@900' }),
  ]);
  await app.post(path, { page, hand: 'pointerdown@900' });
  const casts = () => app.context.db.selectFrom('casts').selectAll().execute();
  expect(await casts()).toHaveLength(1);
  later(app, 1);
  await visitAndVote(app, app.pathOf(1, 'harborlight', 'skip'));
  expect(await app.listVotes()).toEqual(['harborlight skip counted']);
  later(app, 1);
  await app.post(path, { page, hand: 'pointerdown@900' });
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
  expect(await casts()).toHaveLength(3);
});

test('with two tabs open on one tool, the last vote counts', async () => {
  const app = await createSentIssue();
  later(app, 2);
  const [ship, skip] = [app.pathOf(1), app.pathOf(1, 'harborlight', 'skip')];
  const [first, second] = await Promise.all(
    [ship, skip].map(async (path) => pageTokenIn(await (await app.request(path)).text())),
  );
  later(app, 1);
  await app.post(skip, { page: second!, hand: 'pointerdown@900' });
  later(app, 1);
  await app.post(ship, { page: first!, hand: 'pointerdown@900' });
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
});

test('a reader has one vote per tool, even with concurrent posts to several processes', async () => {
  const app = await createSentIssue(5);
  later(app, 2);
  const { context } = app;
  const name = (await context.pool.query('select current_database() as name')).rows[0].name as string;
  const database = new URL((context.pool.options as { connectionString: string }).connectionString);
  expect(database.pathname).toBe(`/${name}`);
  const other = await openContext(context.config, database.href, 'http://127.0.0.1:9', { now: context.now });
  await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      postVote(
        index % 2 === 0 ? context : other,
        { issue_id: app.id, subscriber_id: 1 + (index % 5) },
        {
          kind: 'vote',
          tool_slug: index % 3 === 0 ? 'harborlight' : 'quillbench',
          choice: index % 7 < 3 ? 'ship' : 'skip',
          way: 'ballot',
          rendered_at: new Date(context.now().getTime() - 2_000 - index),
          page_tool: 'harborlight',
          has_hand: true,
          is_remembered: index % 4 === 0,
          source_key: null,
        },
      ),
    ),
  );
  await other.close();
  const votes = await context.db.selectFrom('votes').select(['voter_key', 'tool_slug']).execute();
  expect(votes).toHaveLength(10);
  expect(
    new Set(votes.map(({ voter_key, tool_slug }) => `${voter_key.toString('hex')} ${tool_slug}`)).size,
  ).toBe(10);
});

test('a reader can vote on a tool at most thirty times', async () => {
  const app = await createSentIssue();
  later(app, 2);
  const answers = [];
  for (let round = 0; round < 31; round++) {
    answers.push(
      (
        await visitAndVote(app, app.pathOf(1, 'harborlight', round % 2 === 0 ? 'ship' : 'skip'), {
          seconds: 20,
        })
      ).status,
    );
  }
  expect(answers.slice(0, 30).every((status) => status === 303)).toBe(true);
  expect(answers.slice(30)).toEqual([409]);
});

test('a browser in which a vote was cast by hand is remembered, for this reader only', async () => {
  const app = await createSentIssue(3, 'scanned');
  later(app, 2);
  const cast = await visitAndVote(app, app.pathOf(1));
  const [cookie = ''] = (cast.headers.get('set-cookie') ?? '').split(';');
  expect(cast.headers.get('set-cookie')).toMatch(
    /^reader=[\w-]{33}; Max-Age=34560000; Path=\/v; HttpOnly; SameSite=Lax$/,
  );
  const without = await (await app.request(app.pathOf(1, 'quillbench'))).text();
  const own = await (await app.request(app.pathOf(1, 'quillbench'), { headers: { cookie } })).text();
  const other = await (await app.request(app.pathOf(2, 'quillbench'), { headers: { cookie } })).text();
  expect([without, own, other].map((html) => /data-gesture="([^"]*)"/.exec(html)?.[1])).toEqual([
    'interaction',
    'none',
    'interaction',
  ]);
  const held = await visitAndVote(app, app.pathOf(2), { way: 'automatic', hand: false, cookie });
  expect(held.headers.get('set-cookie')).toBeNull();
  await visitAndVote(app, app.pathOf(1, 'quillbench'), { way: 'automatic', hand: false, cookie });
  expect(await app.listVotes()).toEqual([
    'harborlight ship counted',
    'harborlight ship no sign of a person',
    'quillbench ship counted',
  ]);
});

test('a browser is remembered for its own vote only: what a scanner posts beside a person’s vote earns no cookie', async () => {
  const app = await createSentIssue(3, 'scanned');
  app.clock.now = new Date(app.clock.now.getTime() + 31 * 60_000);
  const path = app.pathOf(1);
  expect((await visitAndVote(app, path)).headers.getSetCookie()).toHaveLength(1);
  app.clock.now = new Date(app.clock.now.getTime() + 200_000);
  // Another choice, which is held, and the same one, which is stored already.
  for (const choice of ['skip', 'ship']) {
    const scanner = await visitAndVote(app, app.pathOf(1, 'harborlight', choice), { hand: false });
    expect([choice, scanner.headers.getSetCookie()]).toEqual([choice, []]);
  }
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
});

test('a hand on one page says nothing about another that was rendered in the same millisecond', async () => {
  const app = await createSentIssue(3, 'unknown');
  later(app, 2);
  const tools = ['harborlight', 'quillbench'];
  const pages = await Promise.all(
    tools.map(async (tool) => pageTokenIn(await (await app.request(app.pathOf(1, tool))).text())),
  );
  app.clock.now = new Date(app.clock.now.getTime() + 2_500);
  for (const [index, tool] of tools.entries()) {
    await app.post(app.pathOf(1, tool), { page: pages[index]!, way: 'automatic', hand: '' });
  }
  await app.post(`${app.pathOf(1)}/hand`, { page: pages[0]!, hand: 'touchstart@4000' });
  expect(await app.listVotes()).toEqual(['harborlight ship counted', 'quillbench ship no sign of a person']);
});

test('a press on a page changes the vote, which the page’s automatic cast did not', async () => {
  const app = await createSentIssue(1, 'clean');
  later(app, 2);
  const skip = app.pathOf(1, 'harborlight', 'skip');
  const page = pageTokenIn(await (await app.request(skip)).text());
  app.clock.now = new Date(app.clock.now.getTime() + 5_000);
  await visitAndVote(app, app.pathOf(1));
  app.clock.now = new Date(app.clock.now.getTime() + 60_000);
  await app.post(skip, { page, way: 'automatic', hand: 'pointerdown@900' });
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
  expect(await (await app.request(skip)).text()).toContain('Your Ship still counts');
  app.clock.now = new Date(app.clock.now.getTime() + 5_000);
  await app.post(skip, { page, way: 'button', hand: 'pointerdown@900' });
  expect(await app.listVotes()).toEqual(['harborlight skip counted']);
});

test('the page that follows a post was opened by us, and is no evidence', async () => {
  const app = await createSentIssue();
  const path = app.pathOf(1);
  const posted = await visitAndVote(app, path);
  await app.request(posted.headers.get('location') ?? '');
  const opens = await app.context.db.selectFrom('link_opens').select(['choice', 'opens']).execute();
  expect(opens).toEqual([{ choice: 'ship', opens: 1 }]);
});

test('a vote is judged by the host of the address that the mail went to, also after the reader has another', async () => {
  const app = await createSentIssue(1, 'scanned');
  const { db } = app.context;
  app.clock.now = new Date(app.clock.now.getTime() + 300_000);
  await visitAndVote(app, app.pathOf(1), { way: 'button', hand: false });
  expect(await app.listVotes()).not.toContain('harborlight ship counted');
  const before = await app.listVotes();
  await db.updateTable('subscribers').set({ email: 'ann@clean.example' }).execute();
  await db
    .insertInto('mail_domains')
    .values({
      domain: 'clean.example',
      mail_host: 'google.com',
      known_class: 'clean',
      looked_up_at: app.clock.now,
    })
    .execute();
  await db
    .insertInto('address_changes')
    .values({
      subscriber_id: 1,
      email: '',
      requested_at: app.clock.now,
      confirmed_at: app.clock.now,
      replaced_domain: 'resend.dev',
    })
    .execute();
  await closeVoting(app.context, WEEK);
  expect(await app.listVotes()).toEqual(before);
});

test('somebody else who has the link cannot use up the posts of the reader’s own browser', async () => {
  const app = await createSentIssue();
  later(app, 2);
  const own = await visitAndVote(app, app.pathOf(1));
  const cookie = own.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  for (let round = 0; round < 31; round++) {
    await visitAndVote(app, app.pathOf(1, 'harborlight', round % 2 === 0 ? 'skip' : 'ship'), { seconds: 20 });
  }
  later(app, 1);
  expect((await visitAndVote(app, app.pathOf(1), { cookie })).status).toBe(303);
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
});

test('votes of five readers from one source right after delivery are held without human interaction, those of four are not; only trusted proxies name the source', async () => {
  const app = await createSentIssue(12, 'unknown', { TRUSTED_PROXIES: '1' });
  later(app, 0.1);
  const voteFrom = (reader: number, source: string) =>
    visitAndVote(app, app.pathOf(reader), { hand: false, source });
  for (const reader of [1, 2, 3, 4]) {
    await voteFrom(reader, `10.0.0.${reader}, 9.9.9.7`);
  }
  for (const reader of [6, 7, 8, 9, 10, 11]) {
    await voteFrom(reader, `9.9.9.9, 10.0.0.1`);
  }
  expect(await app.listVotes()).toEqual(Array.from({ length: 10 }, () => 'harborlight ship counted'));
  await voteFrom(5, 'anything, 9.9.9.7');
  expect(await app.listVotes()).toContain('harborlight ship one source');
  await closeVoting(app.context, WEEK);
  expect((await app.listVotes()).filter((vote) => vote.endsWith('one source'))).toHaveLength(5);
});

test('an office of thirty behind one address, without scripts and hours later, counts; so does a carrier’s network', async () => {
  const app = await createSentIssue(60, 'unknown', { TRUSTED_PROXIES: '1' });
  later(app, 2);
  for (let reader = 1; reader <= 30; reader++) {
    await visitAndVote(app, app.pathOf(reader), { hand: false, source: '9.9.9.7' });
  }
  for (let reader = 31; reader <= 60; reader++) {
    await visitAndVote(app, app.pathOf(reader), { source: `100.64.0.${reader}, 8.8.8.8` });
  }
  await closeVoting(app.context, WEEK);
  expect(await app.listVotes()).toEqual(Array.from({ length: 60 }, () => 'harborlight ship counted'));
});

test('links that a browser opens in advance are no evidence', async () => {
  const app = await createSentIssue();
  for (const headers of [
    { 'Sec-Purpose': 'prefetch;prerender' },
    { Purpose: 'prefetch' },
    { 'X-Moz': 'prefetch' },
  ]) {
    expect((await app.request(app.pathOf(1), { headers: headers as Record<string, string> })).status).toBe(
      200,
    );
  }
  expect(await app.context.db.selectFrom('link_opens').selectAll().execute()).toEqual([]);
});

const IMPOSSIBLE: [claim: string, fields: Record<string, string>, headers: Record<string, string>][] = [
  ['a hand without a time', { hand: '1' }, {}],
  ['a hand that no page reports', { hand: 'gamepad@900' }, {}],
  ['a hand later than now', { hand: 'pointerdown@60000' }, {}],
  ['a post from another site', { hand: 'pointerdown@900' }, { 'Sec-Fetch-Site': 'cross-site' }],
  ['a post from another origin', { hand: 'pointerdown@900' }, { Origin: 'https://elsewhere.example' }],
];

test.each(IMPOSSIBLE)('%s is not believed to be human interaction', async (_, fields, headers) => {
  const app = await createSentIssue();
  later(app, 2);
  const path = app.pathOf(1);
  const page = pageTokenIn(await (await app.request(path)).text());
  app.clock.now = new Date(app.clock.now.getTime() + 5_000);
  const body = new URLSearchParams({ page, way: 'automatic', ...fields });
  await app.request(path, { method: 'POST', body, headers: { Origin: app.url, ...headers } });
  expect(await app.listVotes()).toEqual(['harborlight ship no sign of a person']);
});

test('a page’s signature is for its own link: its script votes for nothing else, its button for no other tool', async () => {
  const app = await createSentIssue();
  later(app, 2);
  const page = pageTokenIn(await (await app.request(app.pathOf(1))).text());
  app.clock.now = new Date(app.clock.now.getTime() + 5_000);
  const hand = 'pointerdown@900';
  await app.post(app.pathOf(1, 'quillbench'), { page, way: 'button', hand });
  await app.post(app.pathOf(1, 'mossgate'), { page, way: 'automatic', hand });
  await app.post(app.pathOf(1, 'tallyrook'), { page, way: 'ballot', hand });
  expect(await app.listVotes()).toEqual([
    'mossgate ship too fast',
    'quillbench ship too fast',
    'tallyrook ship counted',
  ]);
});

test('a reader who pressed twice is remembered, even without scripts', async () => {
  const app = await createSentIssue(1, 'scanned');
  later(app, 0.2);
  const bare = { hand: false, seconds: 12 };
  const first = await visitAndVote(app, app.pathOf(1), bare);
  expect(first.headers.get('set-cookie')).toBeNull();
  const second = await visitAndVote(app, app.pathOf(1), bare);
  expect(second.headers.get('set-cookie')).toMatch(/^reader=/);
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
});

test('closing judges all votes again: counted votes can become held by what was learned meanwhile', async () => {
  const app = await createSentIssue(30, 'unknown');
  for (let reader = 1; reader <= 20; reader++) {
    await visitAndVote(app, app.pathOf(reader), { seconds: 2 });
  }
  later(app, 7);
  await visitAndVote(app, app.pathOf(21));
  expect((await app.listVotes()).every((vote) => vote === 'harborlight ship counted')).toBe(true);
  await learnMailClasses(app.context);
  expect(
    await app.context.db.selectFrom('learned_classes').select(['scope', 'name', 'class']).execute(),
  ).toEqual(
    expect.arrayContaining([
      { scope: 'domain', name: 'resend.dev', class: 'pressed' },
      { scope: 'mail host', name: 'mail.example', class: 'pressed' },
    ]),
  );
  await closeVoting(app.context, WEEK);
  const tally = (await loadTallies(app.context.db, app.id)).find(
    ({ tool_slug }) => tool_slug === 'harborlight',
  );
  expect(tally).toMatchObject({ ship: 1, held: 20, is_frozen: true });
});

test('a GET is recorded as an open only', async () => {
  const app = await createSentIssue();
  await app.request(app.pathOf(1));
  later(app, 1);
  await Promise.all(Array.from({ length: 9 }, () => app.request(app.pathOf(1))));
  await app.request(app.pathOf(1, 'harborlight', 'skip'), { method: 'HEAD' });
  const opens = await app.context.db
    .selectFrom('link_opens')
    .select(['subscriber_id', 'tool_slug', 'choice', 'opens'])
    .orderBy('choice')
    .execute();
  expect(opens).toEqual([
    { subscriber_id: 1, tool_slug: 'harborlight', choice: 'ship', opens: 10 },
    { subscriber_id: 1, tool_slug: 'harborlight', choice: 'skip', opens: 1 },
  ]);
  expect(await app.listVotes()).toEqual([]);
});

test('evidence expires: sources after two weeks, casts two weeks after closing, opens after 90 days', async () => {
  const app = await createSentIssue(3, 'clean', { TRUSTED_PROXIES: '1' });
  later(app, 2);
  const path = app.pathOf(1);
  const page = pageTokenIn(await (await app.request(path)).text());
  later(app, 0.01);
  await app.request(path, {
    method: 'POST',
    body: new URLSearchParams({ page, hand: 'pointerdown@900' }),
    headers: { 'X-Forwarded-For': '9.9.9.7' },
  });
  const count = async () => {
    const { rows } = await app.context.pool.query(
      `select (select count(source_key) from casts) as sources, (select count(*) from source_salts) as salts,
        (select count(*) from casts) as casts, (select count(*) from link_opens) as opens, (select count(*) from votes) as votes`,
    );
    return Object.values(rows[0]).map(Number);
  };
  expect(await count()).toEqual([1, 1, 1, 1, 1]);
  later(app, 7 * 24);
  await closeVoting(app.context, WEEK);
  later(app, 8 * 24);
  await deleteEvidence(app.context);
  expect(await count()).toEqual([0, 0, 1, 1, 1]);
  later(app, 7 * 24);
  await deleteEvidence(app.context);
  expect(await count()).toEqual([0, 0, 0, 1, 1]);
  later(app, 70 * 24);
  await deleteEvidence(app.context);
  expect(await count()).toEqual([0, 0, 0, 0, 1]);
});

test('erasing a reader erases their evidence, and their votes on open issues; those of frozen results, which are anonymous, stay', async () => {
  const app = await createSentIssue();
  later(app, 2);
  await visitAndVote(app, app.pathOf(1));
  await visitAndVote(app, app.pathOf(2));
  const { connectionString = '' } = app.context.pool.options as { connectionString?: string };
  const forget = (email: string) =>
    runCommand(['subscribers', 'forget', email], { DATABASE_URL: connectionString });
  expect((await forget('delivered+1@resend.dev')).code).toBe(0);
  const { db } = app.context;
  expect(await db.selectFrom('casts').selectAll().execute()).toHaveLength(1);
  expect(await db.selectFrom('link_opens').select('subscriber_id').execute()).toEqual([{ subscriber_id: 2 }]);
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
  await closeVoting(app.context, WEEK);
  expect((await forget('delivered+2@resend.dev')).code).toBe(0);
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
});

test('the page of a held vote says when another tap will count; an earlier tap does not count', async () => {
  const app = await createSentIssue();
  later(app, 2);
  const bare = { hand: false, seconds: 3 };
  await visitAndVote(app, app.pathOf(1), bare);
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
  const path = app.pathOf(1, 'harborlight', 'skip');
  await visitAndVote(app, path, { ...bare, seconds: 4 });
  expect(await app.listVotes()).toEqual(['harborlight skip counted']);
  app.clock.now = new Date(app.clock.now.getTime() + 20_000);
  // Both pages are opened before either button is pressed, as a scanner does.
  const ship = app.pathOf(1);
  const [shipPage = '', skipPage = ''] = await Promise.all(
    [ship, path].map(async (link) => pageTokenIn(await (await app.request(link)).text())),
  );
  app.clock.now = new Date(app.clock.now.getTime() + 2_000);
  await app.post(ship, { page: shipPage });
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
  app.clock.now = new Date(app.clock.now.getTime() + 4_000);
  await app.post(path, { page: skipPage });
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
  // The page says what counts, and what was asked for.
  expect(await (await app.request(path)).text()).toContain('Your Ship still counts');
  const secondsToWait = async () =>
    Number(
      /Press once more in (\d+) seconds \(no sooner\)/.exec(await (await app.request(path)).text())?.[1],
    );
  expect(await secondsToWait()).toBe(11);
  await visitAndVote(app, path, bare);
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
  await visitAndVote(app, path, { hand: false, seconds: await secondsToWait() });
  expect(await app.listVotes()).toEqual(['harborlight skip counted']);
});

test('where scanners press buttons, the page of a held vote asks for one more press of its own button', async () => {
  const app = await createSentIssue();
  await app.context.db
    .insertInto('learned_classes')
    .values({
      scope: 'domain',
      name: 'resend.dev',
      class: 'pressed',
      deliveries: 9,
      swept: 9,
      early: 9,
      voted_early: 9,
      learned_at: app.clock.now,
    })
    .execute();
  later(app, 0.05);
  const path = app.pathOf(1);
  await visitAndVote(app, path);
  expect(await app.listVotes()).toEqual(['harborlight ship at delivery']);
  const seconds = Number(
    /Press once more in (\d+) seconds \(no sooner\)/.exec(await (await app.request(path)).text())?.[1],
  );
  expect(seconds).toBe(11);
  await visitAndVote(app, path, { hand: false, seconds });
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
});

test.each([false, true])(
  'two held votes count after a second press of each, however close together (with the cookie: %s)',
  async (hasCookie) => {
    const app = await createSentIssue(3, 'scanned');
    later(app, 0.05);
    const wait = (seconds: number) => {
      app.clock.now = new Date(app.clock.now.getTime() + seconds * 1_000);
    };
    const answers = [];
    for (const path of [app.pathOf(1), app.pathOf(1, 'quillbench', 'skip')]) {
      await visitAndVote(app, path, { hand: false });
      answers.push({ path, html: await (await app.request(path)).text() });
    }
    expect(await app.listVotes()).toEqual(['harborlight ship at delivery', 'quillbench skip at delivery']);
    const [ship, skip] = answers;
    const press = ({ path, html }: { path: string; html: string }, cookie: string) =>
      app.request(path, {
        method: 'POST',
        headers: { Origin: app.url, cookie },
        body: new URLSearchParams({ page: pageTokenIn(html), way: 'button' }),
      });
    wait(Number(/Press once more in (\d+) seconds/.exec(skip!.html)?.[1]));
    const counted = await press(ship!, '');
    expect(await (await app.request(ship!.path)).text()).toContain('Your vote is in');
    wait(3);
    await press(skip!, hasCookie ? (counted.headers.get('set-cookie')?.split(';')[0] ?? '') : '');
    expect(await app.listVotes()).toEqual(['harborlight ship counted', 'quillbench skip counted']);
  },
);

test('somebody else who has the link and posts often does not keep the reader from voting', async () => {
  const app = await createSentIssue();
  later(app, 2);
  const countCasts = async () => (await app.context.db.selectFrom('casts').select('id').execute()).length;
  for (let post = 0; post < 100; post++) {
    const tool = ['harborlight', 'quillbench', 'mossgate'][post % 3];
    await app.post(app.pathOf(1, tool, post % 2 ? 'ship' : 'skip'), {});
  }
  expect(await countCasts()).toBe(10);
  later(app, 1);
  await visitAndVote(app, app.pathOf(1));
  expect(await app.listVotes()).toContain('harborlight ship counted');
  for (let post = 0; post < 40; post++) {
    await visitAndVote(app, app.pathOf(1, 'quillbench', post % 2 ? 'ship' : 'skip'), { hand: false });
  }
  expect(await countCasts()).toBeLessThan(10 + 1 + 30);
  expect((await visitAndVote(app, app.pathOf(1, 'fernwick'))).status).toBe(303);
  expect(await app.listVotes()).toContain('fernwick ship counted');
});

test('what is opened hours after a vote says nothing about it', async () => {
  const app = await createSentIssue(3, 'clean');
  later(app, 1 / 6);
  await visitAndVote(app, app.pathOf(1), { hand: false });
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
  later(app, 5);
  // The scanner of somebody to whom the mail was forwarded.
  for (const tool of ['harborlight', 'quillbench', 'mossgate', 'tallyrook']) {
    await app.request(app.pathOf(1, tool));
    await app.request(app.pathOf(1, tool, 'skip'));
  }
  await closeVoting(app.context, WEEK);
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
});

test('after voting has closed, held votes are shown as held, and a late vote as not accepted', async () => {
  const app = await createSentIssue();
  later(app, 2);
  await visitAndVote(app, app.pathOf(1), { seconds: 0.5 });
  await visitAndVote(app, app.pathOf(1, 'quillbench'));
  expect(await (await app.request(app.pathOf(1, 'mossgate'))).text()).toContain('not counted yet');
  await closeVoting(app.context, WEEK);
  const held = await (await app.request(app.pathOf(1))).text();
  expect(held).toContain('held, not counted');
  expect(held).toContain('Ship Harborlight isn’t one of your counted votes');
  const counted = await (await app.request(app.pathOf(1, 'quillbench'))).text();
  expect(counted).not.toContain('isn’t one of your counted votes');
  const late = await visitAndVote(app, app.pathOf(1, 'quillbench', 'skip'));
  expect(late.status).toBe(303);
  expect(await (await app.request(app.pathOf(1, 'quillbench', 'skip'))).text()).toContain(
    'Skip Quillbench isn’t one of your counted votes, and it’s too late to',
  );
});
