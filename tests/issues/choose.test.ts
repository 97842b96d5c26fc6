import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ComparisonFacts } from '../../src/comparisons/show/facts.ts';
import { chooseComparisons, type ChoosingInput } from '../../src/issues/choose/choose.ts';
import { makeComparison, makeTool, REVIEWERS } from '../support/facts.ts';

const NOW = new Date('2026-11-23T06:00:00Z');

function input(comparisons: ComparisonFacts[], changes: Partial<ChoosingInput> = {}): ChoosingInput {
  return {
    week: '2026-W48',
    now: NOW,
    cutOff: new Date('2026-11-16T06:00:00Z'),
    comparisons,
    newTools: [],
    compared: [],
    reviewers: REVIEWERS,
    pinned: [],
    unpublished: [],
    usedComparisons: new Map(),
    usedTools: [],
    community: new Map(),
    max: 5,
    min: 3,
    ...changes,
  };
}

function pair(name: string, shipA = 4, shipB = 4, category = 'Writing', publishedAt?: string) {
  return makeComparison(
    makeTool(`${name} One`, shipA, { category }),
    makeTool(`${name} Two`, shipB, { category }),
    publishedAt,
  );
}

const slugsOf = (choice: ReturnType<typeof chooseComparisons>) =>
  choice.picks.map((pick) => pick.comparison.slug);
const reasonsFor = (choice: ReturnType<typeof chooseComparisons>, slug: string) =>
  choice.rejections.find((rejection) => rejection.slug === slug)?.reasons;

test('the comparison the panel disagrees about most leads', () => {
  const choice = chooseComparisons(input([pair('Calm'), pair('Torn', 2, 2), pair('Mild', 3, 4)]));
  expect(slugsOf(choice)).toEqual(['torn-one-vs-torn-two', 'mild-one-vs-mild-two', 'calm-one-vs-calm-two']);
  expect(choice.picks[0]?.reasons).toContain('the panel votes 2–2 on Torn One, 2–2 on Torn Two');
});

test('a gap between readers and panel ranks a comparison higher', () => {
  const community = new Map([['odd-two', { ship: 5, skip: 95 }]]);
  const choice = chooseComparisons(input([pair('Even'), pair('Odd')], { community }));
  expect(slugsOf(choice)[0]).toBe('odd-one-vs-odd-two');
  expect(choice.picks[0]?.reasons).toContain('panel and readers are 95 points apart on Odd Two');
});

test('newer comparisons rank before older ones, and a new category before a repeated one', () => {
  const choice = chooseComparisons(
    input([
      pair('Old', 4, 4, 'Data', '2026-11-17T06:00:00Z'),
      pair('New', 4, 4, 'Data', '2026-11-22T06:00:00Z'),
      pair('Else', 4, 4, 'Design', '2026-11-17T07:00:00Z'),
    ]),
  );
  expect(slugsOf(choice)).toEqual(['new-one-vs-new-two', 'else-one-vs-else-two', 'old-one-vs-old-two']);
});

test('at most one lead and four more are chosen; the rest are rejected with a reason', () => {
  const choice = chooseComparisons(input(['A', 'B', 'C', 'D', 'E', 'F'].map((name) => pair(name))));
  expect(choice.picks).toHaveLength(5);
  expect(choice.rejections).toEqual([{ slug: expect.any(String), reasons: ['ranked below the 5 chosen'] }]);
});

test('a tool appears in an issue only once', () => {
  const shared = makeTool('Shared', 2);
  const choice = chooseComparisons(
    input([makeComparison(shared, makeTool('First', 2)), makeComparison(shared, makeTool('Second', 4))]),
  );
  expect(slugsOf(choice)).toEqual(['shared-vs-first']);
  expect(reasonsFor(choice, 'shared-vs-second')).toEqual(['Shared is in this issue already']);
});

test('a tool can appear again after four weeks, or earlier when its facts have changed', () => {
  const comparison = pair('Back');
  const used = (week: string, revision: number) =>
    chooseComparisons(input([comparison], { usedTools: [{ slug: 'back-one', week, revision }] }));
  expect(used('2026-W44', 1).picks).toHaveLength(1);
  expect(used('2026-W47', 0).picks).toHaveLength(1);
  const tooSoon = used('2026-W45', 1);
  expect(tooSoon.picks).toHaveLength(0);
  expect(reasonsFor(tooSoon, comparison.slug)).toEqual([
    'Back One was in 2026-W45 and has not changed since',
  ]);
  // An issue may have been drafted before that of the week before it.
  expect(used('2026-W52', 1).picks).toHaveLength(1);
  expect(reasonsFor(used('2026-W50', 1), comparison.slug)).toEqual([
    'Back One will be in 2026-W50 and has not changed since',
  ]);
});

test('a comparison published before the cut-off is not chosen for this week', () => {
  const before = pair('Before', 2, 2, 'Data', '2026-11-16T06:00:00Z');
  const news = ['A', 'B', 'C'].map((name) => pair(name));
  expect(slugsOf(chooseComparisons(input([...news, before])))).not.toContain(before.slug);
});

test('with too few comparisons this week, newly reviewed tools of one category that were never compared are paired', () => {
  const [ant, bee, cat, ape] = [
    makeTool('Ant'),
    makeTool('Bee'),
    makeTool('Cat', 4, { category: 'Data' }),
    makeTool('Ape'),
  ];
  const antVsApe = makeComparison(ant, ape, '2026-10-01T00:00:00Z');
  const choice = chooseComparisons(
    input([pair('News'), antVsApe], {
      newTools: [ant, ape, bee, cat],
      compared: [[ape.slug, ant.slug]],
      usedComparisons: new Map([[antVsApe.slug, new Date('2026-11-01')]]),
    }),
  );
  expect(slugsOf(choice)).toContainEqual(expect.stringMatching(/^(ant-vs-bee|ape-vs-bee)$/));
  expect(slugsOf(choice)).not.toContain('ant-vs-ape');
  expect(slugsOf(choice).join(' ')).not.toContain('cat');
  expect(choice.picks.find((pick) => pick.origin === 'paired')?.reasons[0]).toMatch(/not compared before/);
});

test('if there are still too few, older unused comparisons fill the issue up to the minimum', () => {
  const older = ['P', 'Q', 'R'].map((name) => pair(name, 4, 4, 'Data', '2026-09-01T00:00:00Z'));
  const choice = chooseComparisons(
    input([pair('News'), ...older], { usedComparisons: new Map([[older[0]!.slug, new Date('2026-11-01')]]) }),
  );
  expect(choice.picks.map((pick) => pick.origin)).toEqual(['published', 'older', 'older']);
  expect(slugsOf(choice)).not.toContain(older[0]!.slug);
});

test('what staff added to the last issue after its cut-off does not come again, unless it is published again', () => {
  const added = pair('Added', 2, 2, 'Data', '2026-11-16T11:00:00Z');
  const others = [pair('News', 4, 4, 'Design'), pair('More', 4, 4, 'Writing')];
  const used = (at: string) => new Map([[added.slug, new Date(at)]]);
  const choose = (at: string) =>
    slugsOf(chooseComparisons(input([added, ...others], { usedComparisons: used(at), min: 1 })));
  expect(choose('2026-11-17T14:00:00Z')).not.toContain(added.slug);
  expect(choose('2026-11-10T14:00:00Z')).toContain(added.slug);
});

test('a missing review, a repeated quote and a price not checked for 90 days each reject a comparison with a reason', () => {
  const lacking = makeTool('Lacking');
  lacking.reviews.pop();
  const echo = makeTool('Echo');
  echo.reviews[1]!.quote = echo.reviews[0]!.quote;
  const stale = makeTool('Stale', 4, { price_checked_on: '2026-08-24' });
  const choice = chooseComparisons(
    input([lacking, echo, stale].map((tool) => makeComparison(tool, makeTool(`${tool.name} Rival`)))),
  );
  expect(choice.picks).toEqual([]);
  expect(choice.rejections.map((rejection) => rejection.reasons)).toEqual([
    ['Lacking has no review by The Founder'],
    ['the quote by The Skeptic on Echo repeats the one by The Builder on Echo'],
    ['the price of Stale was last checked 91 days ago (at most 90)'],
  ]);
});

test('a price checked exactly 90 days ago is still accepted', () => {
  const fresh = makeTool('Fresh', 4, { price_checked_on: '2026-08-25' });
  expect(chooseComparisons(input([makeComparison(fresh, makeTool('Rival'))])).picks).toHaveLength(1);
});

test('the order of the candidates does not change the choice', () => {
  const candidates = ['A', 'B', 'C', 'D', 'E', 'F', 'G'].map((name, index) =>
    pair(name, index % 5, (index * 2) % 5),
  );
  const expected = JSON.stringify(chooseComparisons(input(candidates)).picks);
  fc.assert(
    fc.property(fc.shuffledSubarray(candidates, { minLength: candidates.length }), (shuffled) => {
      expect(JSON.stringify(chooseComparisons(input(shuffled)).picks)).toBe(expected);
    }),
  );
});
