import { expect, test } from 'vitest';
import { signSubscriber, signVote } from '../../src/links/tokens.ts';
import { createSentIssue } from '../support/sent-issue.ts';

/** What mail programs and people leave at the end of an address. */
const ENDS = [
  '/',
  '//',
  '.',
  ',',
  ';',
  ')',
  ']',
  '>',
  '%3E',
  '%3e',
  '%20',
  '%20/',
  '%22',
  '"',
  '%0D%0A',
  '=',
  '%E2%80%9D',
  '%C2%A0',
  '/%20.',
  '=3D',
  '%E2%80%A6',
  '&utm_source=mail',
  '%3Futm_source=mail%26utm_medium=x',
];

test.each(ENDS)('%j at the end of an address changes nothing', async (end) => {
  const app = await createSentIssue(2);
  const { linkKeys, db } = app.context;
  const status = async () =>
    (await db.selectFrom('subscribers').select('status').where('id', '=', 1).executeTakeFirstOrThrow())
      .status;
  const ballot = { issue_id: 1, subscriber_id: 1 };
  const pages = [
    '/issues',
    '/issues/2026-W48',
    '/comparisons',
    '/feed.atom',
    '/sitemap.xml',
    '/api/comparisons',
    `/v/${signVote(linkKeys, ballot)}/harborlight/ship`,
    `/i/${signVote(linkKeys, ballot)}`,
    `/preferences/${signSubscriber(linkKeys, 'preferences', 1)}`,
    `/unsubscribe/${signSubscriber(linkKeys, 'unsubscribe', 1)}`,
  ];
  for (const page of pages) {
    expect((await app.request(page + end)).status, page).toBe(200);
  }
  const vote = await app.post(`/v/${signVote(linkKeys, ballot)}/harborlight/ship${end}`, { way: 'button' });
  expect([200, 303]).toContain(vote.status);
  expect(await db.selectFrom('votes').select('choice').execute()).toHaveLength(1);
  // RFC 8058: without cookies and Origin.
  const left = await app.request(`/unsubscribe/${signSubscriber(linkKeys, 'unsubscribe', 1)}${end}`, {
    method: 'POST',
    body: 'List-Unsubscribe=One-Click',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  });
  expect(left.status).toBe(200);
  expect(await status()).toBe('unsubscribed');
});

test.each(['%0D%0A', '=%0D%0A', '%20', '%C2%AD', '%E2%80%8B'])(
  'a link that a mail program breaks with %s leads where it should',
  async (broken) => {
    const app = await createSentIssue(1);
    const token = signSubscriber(app.context.linkKeys, 'unsubscribe', 1);
    const path = `/unsubscribe/${token.slice(0, 15)}${broken}${token.slice(15)}`;
    expect((await app.request(path)).status).toBe(200);
  },
);
