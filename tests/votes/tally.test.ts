import { expect, test } from 'vitest';
import { communityPercent, describeCommunity } from '../../src/votes/tally/tally.ts';

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
