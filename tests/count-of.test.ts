import { expect, test } from 'vitest';
import { countOf } from '../src/count-of.ts';

test('one is singular, every other number is plural, and thousands are separated', () => {
  expect([0, 1, 1n, 2, 2_500].map((number) => countOf(number, 'mail'))).toEqual([
    '0 mails',
    '1 mail',
    '1 mail',
    '2 mails',
    '2,500 mails',
  ]);
  expect(countOf(3, 'mail has', 'mails have')).toBe('3 mails have');
});
