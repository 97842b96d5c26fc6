import { expect, test } from 'vitest';
import { createPolling } from '../../src/concurrency/polling.ts';

test('polling slows down after a quiet time, and is quick again as soon as there is something', () => {
  let now_ms = 1_000;
  const next = createPolling({ busy_ms: 1, idle_ms: 2, quiet_ms: 50 }, () => now_ms);
  expect(next(false)).toBe(1);
  now_ms += 50;
  expect(next(false)).toBe(2);
  expect(next(true)).toBe(1);
  now_ms += 49;
  expect(next(false)).toBe(1);
});
