import { expect, test } from 'vitest';
import { isOutage } from '../../src/database/outage.ts';

test('an outage is recognized in whatever was thrown, and no thrown value breaks the check', () => {
  const lost = Object.assign(new Error('lost'), { code: '08006' });
  expect(isOutage(lost)).toBe(true);
  expect(isOutage(new Error('outer', { cause: lost }))).toBe(true);
  expect(isOutage(new AggregateError([new Error('other'), lost]))).toBe(true);
  expect(isOutage(new Error('Connection terminated unexpectedly'))).toBe(true);
  const others = [
    new DOMException('aborted', 'AbortError'),
    new DOMException('too late', 'TimeoutError'),
    new Error('outer', { cause: null }),
    new Error('outer', { cause: 'words' }),
    new Error('outer', { cause: new DOMException('aborted', 'AbortError') }),
    Object.assign(new Error('syntax'), { code: '42601' }),
    'words',
    null,
    undefined,
    42,
  ];
  expect(others.map(isOutage)).toEqual(others.map(() => false));
});
