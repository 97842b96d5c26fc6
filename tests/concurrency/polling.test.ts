import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createPolling } from '../../src/concurrency/polling.ts';

test('polling slows down after a quiet time, and is quick again as soon as there is something', async () => {
  const next = createPolling({ busy_ms: 1, idle_ms: 2, quiet_ms: 50 });
  expect(next(false)).toBe(1);
  await sleep(60);
  expect(next(false)).toBe(2);
  expect(next(true)).toBe(1);
  expect(next(false)).toBe(1);
});
