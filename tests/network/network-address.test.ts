import { expect, test } from 'vitest';
import { findCaller } from '../../src/network/forwarded-for.ts';
import {
  customerNetworkOf,
  isPublicAddress,
  type Network,
  parseNetwork,
  parseNetworkAddress,
  sourceNetworkOf,
} from '../../src/network/network-address.ts';

test.each([
  ['9.9.9.9', '9.9.9.9'],
  [' 9.9.9.9 ', '9.9.9.9'],
  ['9.9.9.9:4711', '9.9.9.9'],
  ['[9.9.9.9]:4711', '9.9.9.9'],
  ['::ffff:9.9.9.9', '9.9.9.9'],
  ['::FFFF:0909:0909', '9.9.9.9'],
  ['[::ffff:9.9.9.9]:4711', '9.9.9.9'],
  ['64:ff9b::909:909', '9.9.9.9'],
  ['64:ff9b::9.9.9.9', '9.9.9.9'],
  ['2620:fe::9', '2620:fe::9'],
  ['2620:00FE:0:0:0:0:0:0009', '2620:fe::9'],
  ['[2620:fe::9]', '2620:fe::9'],
  ['[2620:fe::9]:443', '2620:fe::9'],
  ['fe80::1%eth0', 'fe80::1'],
  ['[fe80::1%25eth0]:80', 'fe80::1'],
])('%j is the address %s', (text, address) => {
  expect(parseNetworkAddress(text)?.toString()).toBe(address);
});

test.each([
  '',
  'unknown',
  '_hidden',
  'example.net',
  '9.9.9',
  '0x9.9.9.9',
  '010.9.9.9',
  '9.9.9.256',
  '9.9.9.9:x',
  '[9.9.9.9',
  ':::1',
])('%j is not an address', (text) => {
  expect(parseNetworkAddress(text)).toBeUndefined();
});

test.each([
  ['9.9.9.9', true],
  ['2620:fe::9', true],
  ['64:ff9b::9.9.9.9', true],
  ['2002:909:909::1', true],
  ['10.0.0.1', false],
  ['172.16.0.1', false],
  ['192.168.1.1', false],
  ['127.0.0.1', false],
  ['0.0.0.0', false],
  ['100.64.0.1', false],
  ['100.127.255.255', false],
  ['169.254.1.1', false],
  ['192.0.2.1', false],
  ['198.51.100.1', false],
  ['203.0.113.1', false],
  ['198.18.0.1', false],
  ['224.0.0.1', false],
  ['240.0.0.1', false],
  ['255.255.255.255', false],
  ['::', false],
  ['::1', false],
  ['::ffff:10.0.0.1', false],
  ['64:ff9b::10.0.0.1', false],
  ['64:ff9b:1::9.9.9.9', false],
  ['fe80::1', false],
  ['fc00::1', false],
  ['fd12:3456::1', false],
  ['2001:db8::1', false],
  ['3fff::1', false],
  ['4000::1', false],
  ['ff02::1', false],
])('%s can be a reader’s: %s', (text, isPublic) => {
  expect(isPublicAddress(parseNetworkAddress(text)!)).toBe(isPublic);
});

test('a source is an IPv4 address or a /64, a customer a /24 or a /48', () => {
  const [ipv4, ipv6] = [parseNetworkAddress('9.9.9.9')!, parseNetworkAddress('2620:fe:1:2:3:4:5:6')!];
  expect([sourceNetworkOf(ipv4), customerNetworkOf(ipv4)]).toEqual(['9.9.9.9/32', '9.9.9.0/24']);
  expect([sourceNetworkOf(ipv6), customerNetworkOf(ipv6)]).toEqual(['2620:fe:1:2::/64', '2620:fe:1::/48']);
});

const PROXIES = ['10.0.0.0/8', '172.16.0.1', 'fd00::/8'].map((text) => parseNetwork(text)) as Network[];

test.each([
  ['no proxy: headers are claims', 0, { remote: '9.9.9.9', x_forwarded_for: '8.8.8.8' }, '9.9.9.9'],
  ['one proxy', 1, { remote: '10.0.0.1', x_forwarded_for: '8.8.8.8, 9.9.9.9' }, '9.9.9.9'],
  ['two proxies', 2, { remote: '10.0.0.1', x_forwarded_for: '8.8.8.8,9.9.9.9, 10.0.0.2' }, '9.9.9.9'],
  ['fewer hops than proxies', 2, { remote: '10.0.0.1', x_forwarded_for: '9.9.9.9' }, undefined],
  ['no header', 1, { remote: '10.0.0.1' }, undefined],
  [
    'networks',
    PROXIES,
    { remote: '10.0.0.1', x_forwarded_for: '8.8.8.8, 9.9.9.9:1, [fd00::1]:2' },
    '9.9.9.9',
  ],
  ['networks, mapped', PROXIES, { remote: '::ffff:10.0.0.1', x_forwarded_for: '9.9.9.9' }, '9.9.9.9'],
  ['networks, a direct connection', PROXIES, { remote: '9.9.9.9', x_forwarded_for: '8.8.8.8' }, '9.9.9.9'],
  ['networks, nobody outside them', PROXIES, { remote: '10.0.0.1', x_forwarded_for: '10.0.0.2' }, undefined],
  [
    'networks, an unknown hop',
    PROXIES,
    { remote: '10.0.0.1', x_forwarded_for: '9.9.9.9, unknown' },
    undefined,
  ],
  [
    'Forwarded',
    1,
    { remote: '10.0.0.1', forwarded: 'for=8.8.8.8, for="[2620:fe::9]:4711";proto=https' },
    '2620:fe::9',
  ],
  [
    'Forwarded, any case and order',
    1,
    { remote: '10.0.0.1', forwarded: 'proto=http; For=9.9.9.9;by=10.0.0.1' },
    '9.9.9.9',
  ],
  [
    'Forwarded, a comma in quotes',
    1,
    { remote: '10.0.0.1', forwarded: 'for="8.8.8.8, for=7.7.7.7";by="a,b"' },
    undefined,
  ],
  ['Forwarded, obfuscated', 1, { remote: '10.0.0.1', forwarded: 'for=_hidden' }, undefined],
  ['Forwarded, two proxies', 2, { remote: '10.0.0.1', forwarded: 'for=9.9.9.9, for=10.0.0.2' }, '9.9.9.9'],
  ['both agree', 1, { remote: '10.0.0.1', forwarded: 'for=9.9.9.9', x_forwarded_for: '9.9.9.9' }, '9.9.9.9'],
  [
    'the headers disagree',
    1,
    { remote: '10.0.0.1', forwarded: 'for=8.8.8.8', x_forwarded_for: '9.9.9.9' },
    undefined,
  ],
] as const)('behind proxies (%s) the caller is %s', (_, trusted, route, caller) => {
  expect(findCaller(route, trusted)?.toString()).toBe(caller);
});

test.each([
  ['10.0.0.0/8', true],
  ['fd00::/8', true],
  ['10.0.0.1', true],
  ['10.0.0.0/33', false],
  ['10.0.0.0/', false],
  ['10.0.0.0:80/8', false],
  ['proxies', false],
])('%j is a network: %s', (text, isNetwork) => {
  expect(parseNetwork(text) !== undefined).toBe(isNetwork);
});
