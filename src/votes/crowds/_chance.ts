/** How many votes said Ship, and how many Skip. */
export interface Split {
  ship: number;
  skip: number;
}

/**
 * How likely it is that readers who vote like the others would divide at least as one-sidedly as these, in either
 * direction: twice the smaller tail of the beta-binomial distribution of this number of votes, given the others' votes
 * and a uniform prior. A few others say little about what to expect, so with few others hardly any split is unlikely.
 */
export function chanceOf(votes: Split, others: Split): number {
  const { ship, skip } = votes;
  const tail = Math.min(
    upperTail(ship, ship + skip, others.ship + 1, others.skip + 1),
    upperTail(skip, ship + skip, others.skip + 1, others.ship + 1),
  );
  return Math.min(1, 2 * tail);
}

/** P(X ≥ k), where X has the beta-binomial distribution with the parameters n, a and b. */
function upperTail(k: number, n: number, a: number, b: number): number {
  let logChance = 0;
  for (let index = 0; index < n; index++) {
    logChance += Math.log((a + index) / (a + b + index));
  }
  // From P(X = n) downwards; each term follows from the one above it by their ratio.
  let sum = 0;
  for (let x = n; x >= k; x--) {
    sum += Math.exp(logChance);
    logChance += Math.log((x * (b + n - x)) / ((n - x + 1) * (a + x - 1)));
  }
  return sum;
}
