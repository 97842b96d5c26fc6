import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  deriveLinkKeys,
  linkKeyId,
  verifySubscriberToken,
  verifyVoteToken,
  signSubscriber,
  signVote,
} from '../../src/links/tokens.ts';

const old = 'an-old-secret-that-is-long-enough-for-links';
const recent = 'a-new-secret-that-is-long-enough-for-links';
const keys = deriveLinkKeys([recent, old]);

test('a vote token is 33 URL-safe characters and decodes to its issue and subscriber', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 24 - 1 }),
      fc.integer({ min: 1, max: 2 ** 40 - 1 }),
      (issue_id, subscriber_id) => {
        const token = signVote(keys, { issue_id, subscriber_id });
        expect(token).toMatch(/^[A-Za-z0-9_-]{33}$/);
        expect(verifyVoteToken(keys, token)).toEqual({ issue_id, subscriber_id });
      },
    ),
  );
});

test('changing any character makes a token invalid', () => {
  const token = signVote(keys, { issue_id: 7, subscriber_id: 123_456 });
  for (let index = 0; index < token.length; index++) {
    const changed = token.slice(0, index) + (token[index] === 'A' ? 'B' : 'A') + token.slice(index + 1);
    expect(verifyVoteToken(keys, changed)).toBeUndefined();
  }
  expect(verifyVoteToken(keys, `${token}A`)).toBeUndefined();
  expect(verifyVoteToken(keys, '')).toBeUndefined();
});

test('a token is valid for its own purpose only', () => {
  const token = signSubscriber(keys, 'unsubscribe', 5);
  expect(verifySubscriberToken(keys, 'unsubscribe', token)).toBe(5);
  expect(verifySubscriberToken(keys, 'preferences', token)).toBeUndefined();
  expect(verifySubscriberToken(keys, 'confirm', token)).toBeUndefined();
  expect(verifyVoteToken(keys, token)).toBeUndefined();
});

test('after a rotation new tokens are signed with the new secret, and old ones stay valid', () => {
  const before = signVote(deriveLinkKeys([old]), { issue_id: 1, subscriber_id: 2 });
  expect(signVote(keys, { issue_id: 1, subscriber_id: 2 })[0]).toBe(linkKeyId(recent));
  expect(verifyVoteToken(keys, before)).toEqual({ issue_id: 1, subscriber_id: 2 });
  expect(verifyVoteToken(deriveLinkKeys([recent]), before)).toBeUndefined();
  expect(signVote(keys, { issue_id: 1, subscriber_id: 2 }, linkKeyId(old))).toBe(before);
});

test('two secrets with the same key id are refused', () => {
  expect(() => deriveLinkKeys([old, old])).toThrow('share a key id');
});
