import { expect, test } from 'vitest';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { signSubscriber, signVote } from '../../src/links/tokens.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { closeVoting } from '../../src/votes/close/close.ts';
import { loadTallies } from '../../src/votes/tally/load-tallies.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp } from '../support/test-app.ts';
import { visitAndVote } from '../support/visit.ts';

const WEEK = '2026-W48';

async function createSentIssue(readers = 3) {
  const app = await createTestApp();
  await seedContent(app.context.db);
  await seedReaders(app.context.db, readers);
  await draftIssue(app.context, WEEK);
  await approveIssue(app.context, WEEK, 'test');
  await prepareIssue(app.context, WEEK);
  await app.drain();
  const { id } = await getIssue(app.context.db, WEEK);
  const token = (subscriber_id: number) => signVote(app.context.linkKeys, { issue_id: id, subscriber_id });
  const votes = () =>
    app.context.db
      .selectFrom('votes')
      .select(['tool_slug', 'choice', 'state'])
      .orderBy('tool_slug')
      .execute();
  return { ...app, id, token, votes };
}

test('GET, HEAD and OPTIONS never vote; the button does, and the page confirms it', async () => {
  const app = await createSentIssue();
  const path = `/v/${app.token(1)}/harborlight/ship`;
  const page = await app.request(path);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('Ship Harborlight?');
  await app.request(path, { method: 'HEAD' });
  await app.request(path, { method: 'OPTIONS' });
  expect(await app.votes()).toEqual([]);
  const cast = await visitAndVote(app, path);
  expect([cast.status, cast.headers.get('location')]).toEqual([303, `${path}?posted`]);
  expect(await (await app.request(path)).text()).toContain('Counted: Ship Harborlight');
  expect(await app.votes()).toEqual([{ tool_slug: 'harborlight', choice: 'ship', state: 'counted' }]);
});

test('a second click changes nothing, and another choice replaces the first', async () => {
  const app = await createSentIssue();
  await visitAndVote(app, `/v/${app.token(1)}/harborlight/ship`);
  await visitAndVote(app, `/v/${app.token(1)}/harborlight/ship`);
  await visitAndVote(app, `/v/${app.token(1)}/harborlight/skip`);
  expect(await app.votes()).toEqual([{ tool_slug: 'harborlight', choice: 'skip', state: 'counted' }]);
});

test('the whole ballot can be answered from one page', async () => {
  const app = await createSentIssue();
  const page = await (await app.request(`/v/${app.token(1)}`)).text();
  for (const [, action = ''] of page.matchAll(/action="([^"]*\/ship)"/g)) {
    await visitAndVote(app, action, { way: 'ballot' });
  }
  expect((await app.votes()).map((vote) => vote.tool_slug)).toEqual([
    'fernwick',
    'harborlight',
    'mossgate',
    'ovenbird',
    'quillbench',
    'tallyrook',
  ]);
});

test('after closing, the result is frozen, shown on the pages, and recapped in the next issue', async () => {
  const app = await createSentIssue(50);
  for (let reader = 1; reader <= 45; reader++) {
    await visitAndVote(app, `/v/${app.token(reader)}/harborlight/${reader <= 36 ? 'ship' : 'skip'}`);
  }
  await visitAndVote(app, `/v/${app.token(47)}/mossgate/ship`, { seconds: 0.5 });
  await closeVoting(app.context, WEEK);
  await app.post(`/v/${app.token(46)}/harborlight/skip`);
  await closeVoting(app.context, WEEK);
  const tallies = await loadTallies(app.context.db, app.id);
  expect(tallies).toHaveLength(6);
  expect(tallies.find((tally) => tally.tool_slug === 'harborlight')).toMatchObject({
    ship: 36,
    skip: 9,
    held: 0,
    is_frozen: true,
  });
  const page = await (await app.request(`/v/${app.token(1)}/harborlight/ship`)).text();
  expect(page).toContain('Voting is over');
  expect(page).toContain('80% ship (45 votes)');
  const comparison = await (await app.request('/comparisons/harborlight-vs-quillbench')).text();
  expect(comparison).toContain('80% ship (45 votes)');
  const issuePage = await (await app.request(`/issues/${WEEK}`)).text();
  expect(issuePage).toContain('80% ship (45 votes)');
  expect(issuePage).toContain('newsletter readers, self-selected');
  expect(issuePage).toContain('held and not counted');
  expect(issuePage).not.toContain('Too close to call');
  app.clock.now = new Date('2026-11-30T06:00:00Z');
  await app.context.db
    .updateTable('tools')
    .set(({ eb }) => ({ revision: eb('revision', '+', 1) }))
    .execute();
  await app.context.db
    .updateTable('comparisons')
    .set({ published_at: new Date('2026-11-26') })
    .execute();
  await draftIssue(app.context, '2026-W49');
  const { recap } = (await getIssue(app.context.db, '2026-W49')).content;
  expect(recap).toMatchObject({
    week: WEEK,
    votes: 45,
    voters: 45,
    when: 'last week',
    widest_gap:
      'Readers and the panel disagree most on Harborlight: 80% of readers would ship it, against 3 of 4 reviewers.',
    too_close: [],
  });
  expect(recap?.tools).toContainEqual({
    slug: 'harborlight',
    name: 'Harborlight',
    panel: '3 of 4 ship',
    community: '80% ship (45 votes)',
    percents: { readers: 80, panel: 75 },
    is_ahead: false,
    said: { ship: 'You said Ship; 80% agreed', skip: 'You said Skip; 20% agreed' },
  });
});

test('a reader who did not get the issue cannot vote on it', async () => {
  const app = await createSentIssue();
  await seedReaders(app.context.db, 4);
  const path = `/v/${app.token(4)}/harborlight/ship`;
  expect(await (await app.request(path)).text()).toContain('was not sent to you');
  await app.post(path);
  expect(await app.votes()).toEqual([]);
});

test('malformed, forged and wrong-purpose links, unknown tools and unknown choices get the same 404 page', async () => {
  const app = await createSentIssue();
  const good = app.token(1);
  const pages = [];
  for (const path of [
    '/v/short/harborlight/ship',
    `/v/${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}/harborlight/ship`,
    `/v/${signSubscriber(app.context.linkKeys, 'unsubscribe', 1)}/harborlight/ship`,
    `/v/${good}/no-such-tool/ship`,
    `/v/${good}/harborlight/maybe`,
    `/confirm/${good}`,
    `/unsubscribe/${good}`,
    `/preferences/${good}`,
  ]) {
    const answer = await app.request(path);
    expect(answer.status).toBe(404);
    pages.push(await answer.text());
  }
  expect(new Set(pages).size).toBe(1);
});

test('a recap covers the previous issue, and is left out until that is closed', async () => {
  const app = await createSentIssue();
  await visitAndVote(app, `/v/${app.token(1)}/harborlight/ship`);
  await closeVoting(app.context, WEEK);
  const draftNext = async (week: string) => {
    await app.context.db
      .updateTable('tools')
      .set(({ eb }) => ({ revision: eb('revision', '+', 1) }))
      .execute();
    await app.context.db.updateTable('comparisons').set({ published_at: app.clock.now }).execute();
    await draftIssue(app.context, week);
    return (await getIssue(app.context.db, week)).content.recap;
  };
  app.clock.now = new Date('2026-11-30T06:00:00Z');
  expect(await draftNext('2026-W49')).toMatchObject({ week: WEEK, votes: 1 });
  await approveIssue(app.context, '2026-W49', 'test');
  await prepareIssue(app.context, '2026-W49');
  app.clock.now = new Date('2026-12-07T06:00:00Z');
  expect(await draftNext('2026-W50')).toBeNull();
});
