import { expect, test } from 'vitest';
import { signVote } from '../../src/links/tokens.ts';
import { closeVoting } from '../../src/votes/close/close.ts';
import { decideVotes, type VoteDecision } from '../../src/votes/moderate/decide-votes.ts';
import { listCrowds } from '../../src/votes/moderate/list-crowds.ts';
import { createSentIssue, WEEK } from '../support/sent-issue.ts';
import { join, voteAllAndJudge } from '../support/stuffer.ts';
import type { TestApp } from '../support/test-app.ts';
import { pageTokenIn, visitAndVote } from '../support/visit.ts';
import {
  createCrowd,
  createNewsletter,
  harborlightTally,
  joinClass,
  sendAndWait,
  voteHonestly,
} from './new-readers.ts';

const decide = (app: TestApp, decision: 'release' | 'void', group: Partial<VoteDecision>) =>
  decideVotes(app.context, WEEK, { decision, why: 'so', by: 'ann', ...group });

/** Says Ship with a hand, and four seconds later Skip without one, from a page that was open before: a change that is held. */
async function voteAndWaver(app: TestApp, ship: string, skip: string, source = '9.9.9.7') {
  const headers = { Origin: app.url, 'X-Forwarded-For': source };
  const open = async (path: string) => pageTokenIn(await (await app.request(path, { headers })).text());
  const pages = [await open(ship), await open(skip)];
  for (const [index, path] of [ship, skip].entries()) {
    app.clock.now = new Date(app.clock.now.getTime() + 4_000);
    const body = new URLSearchParams({
      page: pages[index]!,
      way: 'button',
      hand: index === 0 ? 'pointerdown@900' : '',
    });
    await app.request(path, { method: 'POST', headers, body });
  }
  app.clock.now = new Date(app.clock.now.getTime() + 60_000);
}

test('staff can decide about an issue after the voting on an earlier one has closed', async () => {
  const app = await createSentIssue(1);
  await visitAndVote(app, app.pathOf(1), { seconds: 0.2 });
  const { now } = app.clock;
  const texts = { content: '{}', content_hash: '', made_from: '{}', choice: '{}', edits: '{}' };
  const times = { cut_off_at: now, drafted_at: now, voting_closed_at: now };
  await app.context.db
    .insertInto('issues')
    .values({ week: '2026-W40', number: 40, status: 'sent', ...texts, ...times })
    .execute();
  expect(await decide(app, 'release', { reason: 'too fast' })).toBe(1);
});

test('a vote that is voided and then released has the choice that it had before, whatever else its reader tried', async () => {
  const app = await createSentIssue(2);
  app.clock.now = new Date(app.clock.now.getTime() + 3 * 3_600_000);
  await voteAndWaver(app, app.pathOf(1), app.pathOf(1, 'harborlight', 'skip'));
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
  await decide(app, 'void', { tool_slug: 'harborlight' });
  expect(await app.listVotes()).toEqual(['harborlight skip voided by staff']);
  await decide(app, 'release', { reason: 'voided by staff' });
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
});

test('a void stands, whatever the reader presses or opens, until staff release the vote', async () => {
  const app = await createSentIssue(1);
  await visitAndVote(app, app.pathOf(1));
  await decide(app, 'void', { tool_slug: 'harborlight' });
  app.clock.now = new Date(app.clock.now.getTime() + 60_000);
  await visitAndVote(app, app.pathOf(1, 'harborlight', 'skip'));
  expect(await app.listVotes()).toEqual(['harborlight skip voided by staff']);
  for (const choice of ['ship', 'skip']) {
    const page = await (await app.request(app.pathOf(1, 'harborlight', choice))).text();
    expect(page).toContain('our staff set it aside; pressing again changes nothing.');
    expect(page).not.toContain('press a button to make it count');
  }
  await decide(app, 'release', { tool_slug: 'harborlight' });
  expect(await app.listVotes()).toEqual(['harborlight skip counted']);
});

test('releasing a crowd lets each vote count that would count without the crowd', async () => {
  const app = await createNewsletter(60);
  const ids = await joinClass(app);
  const issueId = await sendAndWait(app);
  await voteHonestly(app, issueId);
  const token = signVote(app.context.linkKeys, { issue_id: issueId, subscriber_id: ids[0]! });
  await voteAndWaver(app, `/v/${token}/harborlight/skip`, `/v/${token}/harborlight/ship`);
  const others = ids.slice(1).map((id) => ({ id, source: '9.9.9.7' }));
  await voteAllAndJudge(app, issueId, others, 'skip');
  expect(await harborlightTally(app, issueId)).toMatchObject({ ship: 42, skip: 18, held: 12 });
  const [{ name } = { name: '' }] = await listCrowds(app.context.db, issueId);
  expect(await decide(app, 'release', { crowd: name })).toBe(12);
  expect(await harborlightTally(app, issueId)).toMatchObject({ ship: 42, skip: 30, held: 0 });
});

test('a crowd’s votes can be released only together, and votes that staff voided for another reason stay voided', async () => {
  const { app, issueId, crowd } = await createCrowd();
  await voteAllAndJudge(app, issueId, crowd.slice(0, 3), 'ship', 'mossgate');
  await expect(decide(app, 'release', { tool_slug: 'harborlight' })).rejects.toThrow(
    'No votes of 2026-W48 match',
  );
  expect(await harborlightTally(app, issueId)).toMatchObject({ held: 11, waiting: 11 });
  await decide(app, 'void', { tool_slug: 'mossgate' });
  const [{ name } = { name: '' }] = await listCrowds(app.context.db, issueId);
  expect(await decide(app, 'release', { crowd: name })).toBe(11);
  const states = await app.context.db
    .selectFrom('votes')
    .select(['state', 'reason'])
    .where('tool_slug', '=', 'mossgate')
    .distinct()
    .execute();
  expect(states).toEqual([{ state: 'held', reason: 'voided by staff' }]);
});

test('readers who vote after their crowd was voided are told so, and their votes are not shown as waiting', async () => {
  const { app, issueId, crowd } = await createCrowd();
  const [{ name } = { name: '' }] = await listCrowds(app.context.db, issueId);
  expect(await decide(app, 'void', { crowd: name })).toBe(11);
  await voteAllAndJudge(app, issueId, crowd.slice(11), 'skip');
  const token = signVote(app.context.linkKeys, { issue_id: issueId, subscriber_id: crowd[11]!.id });
  const page = await (await app.request(`/v/${token}/harborlight/skip`)).text();
  expect(page).toContain('Set aside: Skip Harborlight');
  expect(page).not.toContain('Our staff decide');
  expect(await harborlightTally(app, issueId)).toMatchObject({ held: 12, waiting: 0 });
  await closeVoting(app.context, WEEK);
  expect(await harborlightTally(app, issueId)).toMatchObject({ held: 12, waiting: 0 });
});

test('a decision about one crowd does not affect readers of a released one, and the studio says how many there are', async () => {
  const app = await createNewsletter(60);
  const joinFrom = (source: string, name: string) =>
    join(
      app,
      Array.from({ length: 12 }, (_, index) => ({ email: `${name}${index}@gmail.com`, source })),
    );
  const known = await joinFrom('9.9.9.7', 'a');
  const unknown = await joinFrom('92.1.1.1', 'b');
  const issueId = await sendAndWait(app);
  await voteHonestly(app, issueId);
  // Six of the first crowd vote from where the second does.
  const at = (source: (index: number) => string) => (id: number, index: number) => ({
    id,
    source: source(index),
  });
  await voteAllAndJudge(app, issueId, known.slice(0, 6).map(at((index) => `91.${index}.4.4`)), 'skip');
  await voteAllAndJudge(app, issueId, [...known.slice(6), ...unknown].map(at(() => '93.4.4.4')), 'skip');
  const crowds = await listCrowds(app.context.db, issueId);
  const released = crowds.find(({ domains, voters }) => voters === 12 && domains.length > 0)!;
  await decide(app, 'release', { crowd: released.name });
  expect(await harborlightTally(app, issueId)).toMatchObject({ skip: 30, held: 12 });
  const source = crowds.find(({ name }) => name.startsWith('source'))!;
  expect(await decide(app, 'void', { crowd: source.name })).toBe(12);
  expect(await harborlightTally(app, issueId)).toMatchObject({ skip: 30, held: 12 });
  const studio = await (await app.request(`/studio/issues/${WEEK}`)).text();
  expect(studio).toContain('6 of them are in a released group too');
  await closeVoting(app.context, WEEK);
  expect(await harborlightTally(app, issueId)).toMatchObject({ skip: 30, held: 12 });
});
