import { expect, test } from 'vitest';
import { admitPage, trackVote } from '../../src/web/vote/_load-shedding.ts';

/** Starts this many votes, which the test ends. */
function startVotes(scope: object, count: number) {
  const ends: (() => void)[] = [];
  const votes = Array.from({ length: count }, () =>
    trackVote(scope, () => new Promise<void>((resolve) => ends.push(resolve))),
  );
  return {
    end: async (number: number) => {
      ends.splice(0, number).forEach((end) => end());
      await Promise.all(votes.slice(0, number));
    },
  };
}

function openPages(scope: object, count: number) {
  let shown = 0;
  const pages = Array.from({ length: count }, () => admitPage(scope).then(() => (shown += 1)));
  return { shown: () => shown, all: Promise.all(pages) };
}

test('with few votes in progress every page is shown at once', async () => {
  const scope = {};
  startVotes(scope, 20);
  const pages = openPages(scope, 100);
  await pages.all;
  expect(pages.shown()).toBe(100);
});

test('with many votes in progress one page is shown per 48 votes, and all of them when the votes are done', async () => {
  const scope = {};
  const votes = startVotes(scope, 100);
  const pages = openPages(scope, 50);
  await Promise.resolve();
  expect(pages.shown()).toBe(0);
  await votes.end(52);
  expect(pages.shown()).toBe(1);
  await votes.end(48);
  await pages.all;
  expect(pages.shown()).toBe(50);
});

test('a failed vote makes room for a page as well', async () => {
  const scope = {};
  const failing = Array.from({ length: 30 }, () =>
    trackVote(scope, () => Promise.reject(new Error('no database'))).catch(() => undefined),
  );
  const pages = openPages(scope, 5);
  await Promise.all(failing);
  await pages.all;
  expect(pages.shown()).toBe(5);
});
