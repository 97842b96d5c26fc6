import { expect, test } from 'vitest';
import { normalizeAddress } from '../../src/subscribers/address/normalize-address.ts';

test.each([
  [' ann@example.net\n', 'ann@example.net'],
  ['Ann.Lee+news@Example.NET', 'Ann.Lee+news@example.net'],
  ['ann@bücher.example', 'ann@xn--bcher-kva.example'],
  ['ann@BÜCHER.example', 'ann@xn--bcher-kva.example'],
  ['ann@пример.рф', 'ann@xn--e1afmkfd.xn--p1ai'],
  ["o'neil@example.net", "o'neil@example.net"],
])('%j is normalized to %s', (text, address) => {
  expect(normalizeAddress(text)).toBe(address);
});

test.each([
  '',
  'ann',
  '@example.net',
  'ann@',
  'ann@localhost',
  'ann@example',
  'ann..lee@example.net',
  '.ann@example.net',
  'ann lee@example.net',
  'ann@exa mple.net',
  'ann@bo@example.net',
  'ann@example.net, bo@example.net',
  'Ann <ann@example.net>',
  'ann@127.0.0.1',
  'ann@[127.0.0.1]',
  'ann@example.net/path',
  'ann@ex%61mple.net',
  'ann@exämple.net:80',
  'jürgen@example.net',
  'ann\u0000@example.net',
  'ann@example.net\nbcc:bo',
  `${'x'.repeat(65)}@example.net`,
  `ann@${'x'.repeat(64)}.net`,
])('%j is not an address', (text) => {
  expect(normalizeAddress(text)).toBeUndefined();
});

test('an address has at most 254 characters', () => {
  expect(normalizeAddress(addressOf(254))).toHaveLength(254);
  expect(normalizeAddress(addressOf(255))).toBeUndefined();
});

test('normalizing a normalized address changes nothing', () => {
  const once = normalizeAddress('Ann@BÜCHER.example') ?? '';
  expect(normalizeAddress(once)).toBe(once);
});

function addressOf(length: number): string {
  const domain = `${'x'.repeat(60)}.${'x'.repeat(60)}.${'x'.repeat(60)}.${'x'.repeat(10)}.net`;
  return `${'a'.repeat(length - domain.length - 1)}@${domain}`;
}
