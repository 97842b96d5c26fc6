import { expect, test } from 'vitest';
import type { KnownMailClass } from '../../src/database/schema.ts';
import { createSentIssue, type SentIssue } from '../support/sent-issue.ts';
import { pageTokenIn, visitAndVote } from '../support/visit.ts';

const TOOLS = ['harborlight', 'quillbench', 'mossgate', 'tallyrook', 'fernwick', 'ovenbird'];
const CHOICES = ['ship', 'skip'] as const;

interface Scanner {
  name: string;
  /** Seconds after Resend accepted the mail. */
  at: number;
  /** Which of the reader's links it opens. */
  links: (app: SentIssue) => string[];
  /** The post that follows the GET of a link; undefined: none. */
  post?: { way: string; hand: boolean };
}

const all = (app: SentIssue) => TOOLS.flatMap((tool) => CHOICES.map((choice) => app.pathOf(1, tool, choice)));
const one = (app: SentIssue) => [app.pathOf(1, 'harborlight', 'skip')];

/** Every known type; the median burst starts 43 s after sending (docs/votes.md). */
const SCANNERS: Scanner[] = [
  { name: 'opens every link', at: 43, links: all },
  { name: 'opens every link a day later', at: 86_400, links: all },
  { name: 'opens a single link', at: 43, links: one },
  { name: 'runs the scripts of every link', at: 43, links: all, post: { way: 'automatic', hand: false } },
  { name: 'runs the script of a single link', at: 43, links: one, post: { way: 'automatic', hand: false } },
  {
    name: 'runs all scripts half an hour later',
    at: 1_790,
    links: all,
    post: { way: 'automatic', hand: false },
  },
  { name: 'presses the button of every link', at: 43, links: all, post: { way: 'button', hand: true } },
  { name: 'presses all, an hour later', at: 3_600, links: all, post: { way: 'button', hand: true } },
];

const CLASSES: KnownMailClass[] = ['clean', 'unknown', 'scanned'];

async function scan(app: SentIssue, { at, links, post }: Scanner): Promise<void> {
  const start = app.clock.now.getTime() + at * 1_000;
  app.clock.now = new Date(start);
  const pages = await Promise.all(
    links(app).map(async (path) => ({ path, page: pageTokenIn(await (await app.request(path)).text()) })),
  );
  app.clock.now = new Date(start + 1_500);
  for (const { path, page } of post ? pages : []) {
    await app.request(path, {
      method: 'POST',
      body: new URLSearchParams({ page, way: post?.way ?? '', hand: post?.hand ? 'pointerdown@900' : '' }),
    });
  }
}

const countedOf = async (app: SentIssue) =>
  (await app.listVotes()).filter((vote) => vote.endsWith('counted'));

test.each(SCANNERS.flatMap((scanner) => CLASSES.map((mailClass) => ({ ...scanner, mailClass }))))(
  'votes of a scanner that $name on a $mailClass host do not count; its reader’s own vote counts afterwards',
  async ({ mailClass, ...scanner }) => {
    const app = await createSentIssue(1, mailClass);
    await scan(app, scanner);
    expect(await countedOf(app)).toEqual([]);
    app.clock.now = new Date(app.clock.now.getTime() + 3 * 3_600_000);
    await visitAndVote(app, app.pathOf(1));
    expect(await countedOf(app)).toEqual(['harborlight ship counted']);
  },
);

test.each(CLASSES)('on a %s host no vote counts before Resend has accepted the mail', async (mailClass) => {
  const app = await createSentIssue(1, mailClass);
  await app.context.db.updateTable('deliveries').set({ status: 'submitting', submitted_at: null }).execute();
  const runsScripts = SCANNERS.find(({ name }) => name === 'runs the script of a single link');
  await scan(app, { ...runsScripts!, at: 0 });
  expect(await countedOf(app)).toEqual([]);
});

test.each(CLASSES)(
  'on a %s host a scanner that opens the link at the moment of the reader’s click does not affect the reader’s vote',
  async (mailClass) => {
    const app = await createSentIssue(1, mailClass);
    app.clock.now = new Date(app.clock.now.getTime() + 2 * 3_600_000);
    const path = app.pathOf(1);
    await Promise.all([app.request(path), app.request(path), app.request(path)]);
    await visitAndVote(app, path);
    expect(await countedOf(app)).toEqual(['harborlight ship counted']);
  },
);

test('a vote of a scanner that presses the button of a single link is held once its host is known to press', async () => {
  const app = await createSentIssue(1, 'scanned');
  const learned = { deliveries: 100, swept: 0, early: 60, voted_early: 50, learned_at: app.clock.now };
  await app.context.db
    .insertInto('learned_classes')
    .values({ scope: 'domain', name: 'resend.dev', class: 'pressed', ...learned })
    .execute();
  const presses = SCANNERS.find(({ name }) => name === 'presses the button of every link');
  await scan(app, { ...presses!, links: one });
  expect(await app.listVotes()).toEqual(['harborlight skip at delivery']);
});
