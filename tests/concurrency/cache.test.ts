import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cachePerScope } from '../../src/concurrency/cache.ts';

beforeEach(() => {
  vi.useFakeTimers();
  // lru-cache takes the time 0 for none.
  vi.advanceTimersByTime(1);
});

afterEach(() => {
  vi.useRealTimers();
});

function createCounter() {
  let loads = 0;
  return { load: () => Promise.resolve(++loads), fail: () => Promise.reject(new Error('out of order')) };
}

test('callers that come while an entry is loaded share one load, and for its time to live its value', async () => {
  const cached = cachePerScope<number>({ max: 10, ttl_ms: 1_000 });
  const { load } = createCounter();
  const scope = {};
  expect(await Promise.all([cached(scope, 1, load), cached(scope, 1, load)])).toEqual([1, 1]);
  await vi.advanceTimersByTimeAsync(900);
  expect(await cached(scope, 1, load)).toBe(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(await cached(scope, 1, load)).toBe(2);
});

test('a stale value is served at once while it is loaded again, until it has expired', async () => {
  const cached = cachePerScope<number>({ max: 10, ttl_ms: 1_000, stale_ms: 9_000 });
  const { load } = createCounter();
  const scope = {};
  await cached(scope, 1, load);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await cached(scope, 1, load)).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(await cached(scope, 1, load)).toBe(2);
  await vi.advanceTimersByTimeAsync(11_000);
  expect(await cached(scope, 1, load)).toBe(3);
});

test('a failed load is reported and not cached; while a stale value lives, nobody sees the failure', async () => {
  const cached = cachePerScope<number>({ max: 10, ttl_ms: 1_000, stale_ms: 9_000 });
  const { load, fail } = createCounter();
  const scope = {};
  await expect(cached(scope, 1, fail)).rejects.toThrow('out of order');
  expect(await cached(scope, 1, load)).toBe(1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await cached(scope, 1, fail)).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(await cached(scope, 1, fail)).toBe(1);
  await vi.advanceTimersByTimeAsync(9_000);
  await expect(cached(scope, 1, fail)).rejects.toThrow('out of order');
  expect(await cached(scope, 1, load)).toBe(2);
});

test('a load that takes longer than the time to live is not begun twice', async () => {
  const cached = cachePerScope<string>({ max: 10, ttl_ms: 1_000 });
  const scope = {};
  const slow = vi.fn<() => Promise<string>>(
    () => new Promise((resolve) => setTimeout(() => resolve('slow'), 5_000)),
  );
  const first = cached(scope, 1, slow);
  await vi.advanceTimersByTimeAsync(3_000);
  const second = cached(scope, 1, slow);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(await Promise.all([first, second])).toEqual(['slow', 'slow']);
  expect(slow).toHaveBeenCalledTimes(1);
});

test('scopes share nothing, and the least recently used entry makes room', async () => {
  const cached = cachePerScope<number>({ max: 2, ttl_ms: 1_000 });
  const { load } = createCounter();
  const [one, other] = [{}, {}];
  expect([await cached(one, 1, load), await cached(other, 1, load)]).toEqual([1, 2]);
  await cached(one, 2, load);
  await cached(one, 3, load);
  expect(await cached(one, 1, load)).toBe(5);
});
