import { expect, test } from 'vitest';
import {
  communityPercent,
  describeCommunity,
  isTooCloseToCall,
  zScoreOfDifference,
} from '../../src/votes/tally/tally.ts';

test.each([
  [298, 1, 99],
  [1, 298, 1],
  [299, 0, 100],
  [0, 299, 0],
  [39, 1, 98],
  [30, 9, undefined],
])('%i ship and %i skip is %s per cent: only unanimous votes show as 100 or 0', (ship, skip, percent) => {
  expect(communityPercent({ ship, skip })).toBe(percent);
});

test('with too few votes, no share is shown, or only the number of votes', () => {
  expect(describeCommunity(undefined)).toBe('—');
  expect(describeCommunity({ ship: 9, skip: 0 })).toBe('—');
  expect(describeCommunity({ ship: 9, skip: 1 })).toBe('early: 10 votes');
  expect(describeCommunity({ ship: 30, skip: 10 })).toBe('75% ship (40 votes)');
});

// Agresti, Categorical Data Analysis: 1,600 people asked twice about the prime minister (McNemar, z = −4.17), and the
// physicians’ aspirin study (Pearson’s chi-square 25.01 is the square of the two-sample score).
test('the difference of two shares is tested as published: paired where the same readers voted on both', () => {
  const first = { ship: 944, skip: 656, paired: 1_600, paired_ship: 944, both_ship: 794 };
  const second = { ship: 880, skip: 720, paired: 1_600, paired_ship: 880, both_ship: 794 };
  expect(zScoreOfDifference(second, first)).toBeCloseTo(-4.17, 2);
  const trial = zScoreOfDifference({ ship: 189, skip: 10_845 }, { ship: 104, skip: 10_933 });
  expect(trial ** 2).toBeCloseTo(25.01, 2);
});

test('the same shares are too close to call if different readers voted, but not if the same ones voted on both', () => {
  const a = { ship: 60, skip: 40 };
  const b = { ship: 50, skip: 50 };
  expect(isTooCloseToCall(a, b)).toBe(true);
  const pairs = { paired: 100, both_ship: 48 };
  expect(isTooCloseToCall({ ...a, ...pairs, paired_ship: 60 }, { ...b, ...pairs, paired_ship: 50 })).toBe(
    false,
  );
});

test('sums over issues with different partners are compared as votes of different readers', () => {
  const a = { ship: 60, skip: 40, paired: 100, paired_ship: 60, both_ship: 48 };
  const b = { ship: 50, skip: 50, paired: 90, paired_ship: 45, both_ship: 48 };
  const unpaired = zScoreOfDifference({ ship: 60, skip: 40 }, { ship: 50, skip: 50 });
  expect(zScoreOfDifference(a, b)).toBeCloseTo(unpaired, 9);
});

test('neither equal nor opposite unanimous votes lead to a division by zero', () => {
  const all = { ship: 50, skip: 0 };
  const none = { ship: 0, skip: 50 };
  expect(isTooCloseToCall(all, all)).toBe(true);
  expect(isTooCloseToCall(all, none)).toBe(false);
  const pairs = { paired: 50, both_ship: 50, paired_ship: 50 };
  expect(isTooCloseToCall({ ...all, ...pairs }, { ...all, ...pairs })).toBe(true);
});
