import { expect, test } from 'vitest';
import { createBatcher } from '../../src/concurrency/batcher.ts';

/** Flushes that end on demand, and the items of each. */
function holdFlushes() {
  const flushes: { items: readonly number[]; end: () => void }[] = [];
  const write = (_: object, items: readonly number[]) =>
    new Promise<readonly string[]>((resolve) => {
      flushes.push({ items, end: () => resolve(items.map((item) => `${item} written`)) });
    });
  return { flushes, add: createBatcher(write, { maxItems: 200 }) };
}

test('items that arrive during a flush are flushed together, and each gets its own result', async () => {
  const { flushes, add } = holdFlushes();
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

test('a flush that hangs holds nobody up: forty items start a second one immediately, fewer after a moment', async () => {
  const { flushes, add } = holdFlushes();
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

test('a failed flush rejects its own items only', async () => {
  let flushes = 0;
  const add = createBatcher<object, number, number>(
    async (_, items) => {
      flushes += 1;
      if (flushes === 1) {
        throw new Error('lost');
      }
      return items;
    },
    { maxItems: 200 },
  );
  const scope = {};
  await expect(add(scope, 1)).rejects.toThrow('lost');
  expect(await Promise.all([add(scope, 2), add(scope, 3)])).toEqual([2, 3]);
});
