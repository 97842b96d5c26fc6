import { createHash } from 'node:crypto';

export interface SeededRandom {
  /** True with this probability. */
  chance: (probability: number) => boolean;
  /** From 0 (inclusive) to 1 (exclusive). */
  next: () => number;
  shuffle: <Item>(items: readonly Item[]) => Item[];
}

/** The same seed gives the same sequence, so that every random run can be repeated. */
export function seededRandom(seed: string): SeededRandom {
  let state = createHash('sha256').update(seed).digest().readUInt32BE();
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    chance: (probability) => next() < probability,
    next,
    shuffle: (items) =>
      items
        .map((item) => ({ item, order: next() }))
        .toSorted((a, b) => a.order - b.order)
        .map(({ item }) => item),
  };
}
