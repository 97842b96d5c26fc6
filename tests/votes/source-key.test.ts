import { expect, test } from 'vitest';
import { parseNetworkAddress } from '../../src/network/network-address.ts';
import { sourceKey } from '../../src/votes/cast/source-key.ts';
import { createTestApp } from '../support/test-app.ts';

test.each([
  ['192.0.2.7', '::ffff:192.0.2.7', true],
  ['192.0.2.7', '192.0.2.8', false],
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
  ['2001:db8::1', '2001:0DB8:0:0:1::', true],
  ['2001:db8::1', '2001:db8:0:1::1', false],
])('%s and %s are of one network: %s', async (one, other, isSame) => {
  const { context } = await createTestApp();
  const keys = [
    await sourceKey(context, parseNetworkAddress(one)),
    await sourceKey(context, parseNetworkAddress(other)),
  ];
  expect(keys[0] === keys[1]).toBe(isSame);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
});
