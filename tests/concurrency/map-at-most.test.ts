import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { mapAtMost } from '../../src/concurrency/map-at-most.ts';

test('results come in order, never from more calls at a time than were asked for', async () => {
  let running = 0;
  let most = 0;
  const doubled = await mapAtMost(3, [1, 2, 3, 4, 5, 6, 7], async (number) => {
    most = Math.max(most, ++running);
    await turn();
    running -= 1;
    return number * 2;
  });
  expect([doubled, most]).toEqual([[2, 4, 6, 8, 10, 12, 14], 3]);
});

test('after a failure nothing more begins', async () => {
  const begun: number[] = [];
  const failing = mapAtMost(2, [1, 2, 3, 4, 5, 6], async (number) => {
    begun.push(number);
    await turn();
    if (number === 2) {
      throw new Error('the second fails');
    }
  });
  await expect(failing).rejects.toThrow('the second fails');
  const { length } = begun;
  await turn();
  await turn();
  expect([begun.length, length < 6]).toEqual([length, true]);
});
