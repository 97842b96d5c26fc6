import { expect, test } from 'vitest';
import { closeVoting } from '../../src/votes/close/close.ts';
import { learnMailClasses } from '../../src/votes/learn/learn-mail-classes.ts';
import { createSentIssue, type SentIssue, WEEK } from '../support/sent-issue.ts';
import { pageTokenIn, visitAndVote } from '../support/visit.ts';

const TOOLS = ['harborlight', 'quillbench', 'mossgate'];
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

function later(app: SentIssue, ms: number): void {
  app.clock.now = new Date(app.clock.now.getTime() + ms);
}

/** The signatures of the pages that these links lead to, opened at once. */
function openAll(app: SentIssue, paths: readonly string[]): Promise<string[]> {
  return Promise.all(paths.map(async (path) => pageTokenIn(await (await app.request(path)).text())));
}

test.each(['clean', 'unknown', 'scanned'] as const)(
  'three tools opened in tabs and looked at within 2 s, with a hand on each, count at a %s host',
  async (mailClass) => {
    const app = await createSentIssue(1, mailClass);
    later(app, 2 * HOUR_MS);
    const paths = TOOLS.map((tool) => app.pathOf(1, tool));
    const pages = await openAll(app, paths);
    // Renderings of the same millisecond are told apart by their links.
    expect(new Set(pages).size).toBe(3);
    later(app, 8 * SECOND_MS);
    for (const [index, path] of paths.entries()) {
      later(app, 600);
      await app.post(path, {
        page: pages[index]!,
        way: 'automatic',
        hand: `pointermove@${8_100 + 600 * index}`,
      });
    }
    await closeVoting(app.context, WEEK);
    expect(await app.listVotes()).toEqual(TOOLS.toSorted().map((tool) => `${tool} ship counted`));
  },
);

test('a form posted 5 s after delivery where nobody knows the host is held, and the page says when a press counts', async () => {
  const app = await createSentIssue(1, 'unknown');
  const path = app.pathOf(1);
  await visitAndVote(app, path, { seconds: 5, hand: false });
  expect(await app.listVotes()).toEqual(['harborlight ship at delivery']);
  const page = await (await app.request(path)).text();
  expect(page).toContain('it came just as the mail did, which is when mail scanners open links');
  const seconds = Number(/Press once more in (\d+) seconds/.exec(page)?.[1]);
  later(app, seconds * SECOND_MS);
  await visitAndVote(app, path, { hand: false });
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
});

test('a change of mind after 4 s without scripts counts', async () => {
  const app = await createSentIssue(1, 'unknown');
  later(app, 2 * HOUR_MS);
  await visitAndVote(app, app.pathOf(1), { hand: false });
  await visitAndVote(app, app.pathOf(1, 'harborlight', 'skip'), { hand: false, seconds: 4 });
  await closeVoting(app.context, WEEK);
  expect(await app.listVotes()).toEqual(['harborlight skip counted']);
});

test('a ballot right after a change of mind without scripts does not take the change back', async () => {
  const app = await createSentIssue(1, 'unknown');
  later(app, 2 * HOUR_MS);
  await visitAndVote(app, app.pathOf(1), { hand: false });
  await visitAndVote(app, app.pathOf(1, 'harborlight', 'skip'), { hand: false, seconds: 4 });
  await visitAndVote(app, app.pathOf(1, 'quillbench'), { hand: false, seconds: 4, way: 'ballot' });
  await closeVoting(app.context, WEEK);
  expect(await app.listVotes()).toEqual(['harborlight skip counted', 'quillbench ship counted']);
});

test('pages of three tools that a scanner opens at once, and presses one after the other, are held', async () => {
  const app = await createSentIssue(1, 'clean');
  later(app, 200 * SECOND_MS);
  const paths = TOOLS.map((tool) => app.pathOf(1, tool));
  const pages = await openAll(app, paths);
  for (const [index, path] of paths.entries()) {
    later(app, 3 * SECOND_MS);
    await app.post(path, {
      page: pages[index]!,
      way: 'button',
      hand: `pointerdown@${3_000 * index + 2_900}`,
    });
  }
  await closeVoting(app.context, WEEK);
  expect(await app.listVotes()).toEqual(TOOLS.toSorted().map((tool) => `${tool} ship many tools at once`));
});

test('a scanner that presses its link again is held for hours; its reader counts on the page that says so', async () => {
  const app = await createSentIssue(30, 'unknown');
  later(app, 30 * SECOND_MS);
  for (let reader = 2; reader <= 30; reader++) {
    await visitAndVote(app, app.pathOf(reader), { seconds: 1 });
  }
  await learnMailClasses(app.context);
  const path = app.pathOf(1);
  later(app, 5 * HOUR_MS);
  await visitAndVote(app, path);
  later(app, 2 * HOUR_MS);
  const answer = await visitAndVote(app, path);
  // The others are judged again when voting closes.
  const held = async () => (await app.listVotes()).filter((vote) => vote !== 'harborlight ship counted');
  expect(await held()).toEqual(['harborlight ship no sign of a person']);
  const page = await (await app.request(answer.headers.get('location')!)).text();
  expect(page).toContain('it came without any sign of a person at the page');
  later(app, 12 * SECOND_MS);
  // On a page that is opened anew, a press is believed six hours after the scanner's.
  expect(await (await app.request(path)).text()).toContain('Press once more in 4 hours (no sooner)');
  await app.post(path, { page: pageTokenIn(page), way: 'button' });
  expect(await held()).toEqual([]);
  await closeVoting(app.context, WEEK);
  expect(await held()).toHaveLength(29);
});

test('an office at a host whose scanner presses is believed after the scanner has been there, and the next day', async () => {
  const app = await createSentIssue(40, 'unknown', { TRUSTED_PROXIES: '1' });
  later(app, 30 * SECOND_MS);
  for (let reader = 1; reader <= 30; reader++) {
    await visitAndVote(app, app.pathOf(reader, 'quillbench', 'skip'), { seconds: 1, source: '81.2.69.142' });
  }
  await learnMailClasses(app.context);
  const counted = async () =>
    (await app.listVotes()).filter((vote) => vote === 'harborlight ship counted').length;
  later(app, HOUR_MS);
  for (let reader = 1; reader <= 15; reader++) {
    await visitAndVote(app, app.pathOf(reader), { source: '9.9.9.7' });
  }
  expect(await counted()).toBe(15);
  later(app, 24 * HOUR_MS);
  for (let reader = 16; reader <= 40; reader++) {
    await visitAndVote(app, app.pathOf(reader), { source: '81.2.69.142' });
  }
  await closeVoting(app.context, WEEK);
  expect(await counted()).toBe(40);
  // What the scanner pressed does not count.
  expect((await app.listVotes()).filter((vote) => vote === 'quillbench skip counted')).toEqual([]);
});

test('a browser that opens every link in advance is not taken for a scanner, even if it does not say so', async () => {
  const app = await createSentIssue(1, 'unknown');
  later(app, 2 * HOUR_MS);
  await openAll(
    app,
    TOOLS.flatMap((tool) => ['ship', 'skip'].map((choice) => app.pathOf(1, tool, choice))),
  );
  later(app, 5 * SECOND_MS);
  await visitAndVote(app, app.pathOf(1), { hand: false });
  await closeVoting(app.context, WEEK);
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
});
