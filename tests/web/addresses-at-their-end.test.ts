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

test('what stands at the end of an address changes nothing', async () => {
  const app = await createSentIssue(ENDS.length);
  const { linkKeys, db } = app.context;
  for (const [index, end] of ENDS.entries()) {
    const reader = index + 1;
    const ballot = { issue_id: 1, subscriber_id: reader };
    const pages = [
      '/issues',
      '/issues/2026-W48',
      '/comparisons',
      '/feed.atom',
      '/sitemap.xml',
      '/api/comparisons',
      `/v/${signVote(linkKeys, ballot)}/harborlight/ship`,
      `/i/${signVote(linkKeys, ballot)}`,
      `/preferences/${signSubscriber(linkKeys, 'preferences', reader)}`,
      `/unsubscribe/${signSubscriber(linkKeys, 'unsubscribe', reader)}`,
    ];
    for (const page of pages) {
      expect((await app.request(page + end)).status, page + end).toBe(200);
    }
    const vote = await app.post(`/v/${signVote(linkKeys, ballot)}/harborlight/ship${end}`, { way: 'button' });
    expect([200, 303], end).toContain(vote.status);
    expect(await db.selectFrom('votes').select('choice').execute(), end).toHaveLength(reader);
    // RFC 8058: without cookies and Origin.
    const left = await app.request(`/unsubscribe/${signSubscriber(linkKeys, 'unsubscribe', reader)}${end}`, {
      method: 'POST',
      body: 'List-Unsubscribe=One-Click',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    expect(left.status, end).toBe(200);
    const { status } = await db
      .selectFrom('subscribers')
      .select('status')
      .where('id', '=', reader)
      .executeTakeFirstOrThrow();
    expect(status, end).toBe('unsubscribed');
  }
});

test('a link that a mail program breaks leads where it should', async () => {
  const app = await createSentIssue(1);
  const token = signSubscriber(app.context.linkKeys, 'unsubscribe', 1);
  for (const broken of ['%0D%0A', '=%0D%0A', '%20', '%C2%AD', '%E2%80%8B']) {
    const path = `/unsubscribe/${token.slice(0, 15)}${broken}${token.slice(15)}`;
    expect((await app.request(path)).status, broken).toBe(200);
  }
});
