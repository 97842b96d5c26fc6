import { expect, test } from 'vitest';
import { together } from '../../src/concurrency/batcher.ts';

/** Writes that end when told to, and what each of them was given. */
function holdWrites() {
  const goes: { items: readonly number[]; end: () => void }[] = [];
  const write = (_: object, items: readonly number[]) =>
    new Promise<readonly string[]>((resolve) => {
      goes.push({ items, end: () => resolve(items.map((item) => `${item} written`)) });
    });
  return { goes, add: together(write, 200) };
}

test('what comes while others are written goes together, and each gets its own result', async () => {
  const { goes, add } = holdWrites();
  const scope = {};
  const first = add(scope, 1);
  await expect.poll(() => goes.length).toBe(1);
  const others = [2, 3, 4].map((item) => add(scope, item));
  goes[0]?.end();
  expect(await first).toBe('1 written');
  await expect.poll(() => goes.length).toBe(2);
  expect(goes[1]?.items).toEqual([2, 3, 4]);
  goes[1]?.end();
  expect(await Promise.all(others)).toEqual(['2 written', '3 written', '4 written']);
});

test('forty begin at once beside one that is under way, fewer after a moment: nobody waits for one that hangs', async () => {
  const { goes, add } = holdWrites();
  const scope = {};
  void add(scope, 0);
  await expect.poll(() => goes.length).toBe(1);
  const forty = Promise.all(Array.from({ length: 40 }, (_, index) => add(scope, index + 1)));
  await expect.poll(() => goes.length).toBe(2);
  expect(goes[1]?.items).toHaveLength(40);
  goes[1]?.end();
  expect(await forty).toHaveLength(40);
  const few = [add(scope, 41), add(scope, 42)];
  await expect.poll(() => goes.length).toBe(3);
  goes[2]?.end();
  expect(await Promise.all(few)).toEqual(['41 written', '42 written']);
});

test('one go that fails fails its own calls alone', async () => {
  let goes = 0;
  const add = together<object, number, number>(async (_, items) => {
    goes += 1;
    if (goes === 1) {
      throw new Error('lost');
    }
    return items;
  }, 200);
  const scope = {};
  await expect(add(scope, 1)).rejects.toThrow('lost');
  expect(await Promise.all([add(scope, 2), add(scope, 3)])).toEqual([2, 3]);
});
