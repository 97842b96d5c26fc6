import { createHash } from 'node:crypto';

export interface Dice {
  /** Two sides: `share` of all throws are true. */
  isLucky: (share: number) => boolean;
  /** From 0 up to 1. */
  roll: () => number;
  shuffle: <Item>(items: readonly Item[]) => Item[];
}

/** The same seed throws the same: whatever a run leaves to chance can be repeated. */
export function openDice(seed: string): Dice {
  let state = createHash('sha256').update(seed).digest().readUInt32BE();
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    isLucky: (share) => next() < share,
    roll: next,
    shuffle: (items) =>
      items
        .map((item) => ({ item, place: next() }))
        .toSorted((a, b) => a.place - b.place)
        .map(({ item }) => item),
  };
}
