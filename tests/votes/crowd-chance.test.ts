import { expect, test } from 'vitest';
import { chanceOf } from '../../src/votes/crowds/_chance.ts';

const choose = (n: number, k: number): number =>
  Array.from({ length: k }).reduce<number>((product, _, index) => (product * (n - index)) / (index + 1), 1);

/** The beta-binomial distribution with integer parameters, by its definition in binomial coefficients. */
const exactChance = (x: number, n: number, a: number, b: number): number =>
  (choose(a - 1 + x, x) * choose(b - 1 + n - x, n - x)) / choose(a + b - 1 + n, n);

test.each([
  [
    { ship: 0, skip: 8 },
    { ship: 70, skip: 30 },
  ],
  [
    { ship: 12, skip: 3 },
    { ship: 7, skip: 3 },
  ],
  [
    { ship: 5, skip: 5 },
    { ship: 5, skip: 5 },
  ],
  [
    { ship: 30, skip: 0 },
    { ship: 0, skip: 0 },
  ],
])(
  'the chance of %j beside others who voted %j is twice the smaller tail of the beta-binomial distribution',
  (votes, others) => {
    const n = votes.ship + votes.skip;
    const [a, b] = [others.ship + 1, others.skip + 1];
    const tail = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => exactChance(from + index, n, a, b)).reduce(
        (sum, p) => sum + p,
        0,
      );
    const expected = Math.min(1, 2 * Math.min(tail(votes.ship, n), tail(0, votes.ship)));
    expect(chanceOf(votes, others)).toBeCloseTo(expected, 9);
  },
);

test('with nobody else to compare with, every split is as likely as any other', () => {
  expect(chanceOf({ ship: 0, skip: 99 }, { ship: 0, skip: 0 })).toBeCloseTo(2 / 100, 9);
});

test('the chance of hundreds of thousands of votes can be calculated', () => {
  expect(chanceOf({ ship: 0, skip: 500_000 }, { ship: 700_000, skip: 300_000 })).toBe(0);
  expect(chanceOf({ ship: 350_000, skip: 150_000 }, { ship: 700_000, skip: 300_000 })).toBeGreaterThan(0.5);
});
