import { expect, test } from 'vitest';
import { together } from '../../src/concurrency/batcher.ts';

/** Writes that end when the test says so, and the items of each. */
function holdWrites() {
  const flushes: { items: readonly number[]; end: () => void }[] = [];
  const write = (_: object, items: readonly number[]) =>
    new Promise<readonly string[]>((resolve) => {
      flushes.push({ items, end: () => resolve(items.map((item) => `${item} written`)) });
    });
  return { flushes, add: together(write, 200) };
}

test('calls that arrive during a flush are flushed together, and each gets its own result', async () => {
  const { flushes, add } = holdWrites();
  const scope = {};
  const first = add(scope, 1);
  await expect.poll(() => flushes.length).toBe(1);
  const others = [2, 3, 4].map((item) => add(scope, item));
  flushes[0]?.end();
  expect(await first).toBe('1 written');
  await expect.poll(() => flushes.length).toBe(2);
  expect(flushes[1]?.items).toEqual([2, 3, 4]);
  flushes[1]?.end();
  expect(await Promise.all(others)).toEqual(['2 written', '3 written', '4 written']);
});

test('a second flush starts at once with forty calls waiting, or after a moment with fewer, even if the first hangs', async () => {
  const { flushes, add } = holdWrites();
  const scope = {};
  void add(scope, 0);
  await expect.poll(() => flushes.length).toBe(1);
  const forty = Promise.all(Array.from({ length: 40 }, (_, index) => add(scope, index + 1)));
  await expect.poll(() => flushes.length).toBe(2);
  expect(flushes[1]?.items).toHaveLength(40);
  flushes[1]?.end();
  expect(await forty).toHaveLength(40);
  const few = [add(scope, 41), add(scope, 42)];
  await expect.poll(() => flushes.length).toBe(3);
  flushes[2]?.end();
  expect(await Promise.all(few)).toEqual(['41 written', '42 written']);
});

test('a failed flush fails only its own calls', async () => {
  let flushes = 0;
  const add = together<object, number, number>(async (_, items) => {
    flushes += 1;
    if (flushes === 1) {
      throw new Error('lost');
    }
    return items;
  }, 200);
  const scope = {};
  await expect(add(scope, 1)).rejects.toThrow('lost');
  expect(await Promise.all([add(scope, 2), add(scope, 3)])).toEqual([2, 3]);
});
