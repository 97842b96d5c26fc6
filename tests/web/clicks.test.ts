import { once } from 'node:events';
import { type IncomingMessage, request, type RequestOptions } from 'node:http';
import { expect, test } from 'vitest';
import { signVote } from '../../src/links/tokens.ts';
import { createSentIssue, type SentIssue } from '../support/sent-issue.ts';

const LEAD = 'comparisons/harborlight-vs-quillbench';
const BROWSER = { 'sec-fetch-mode': 'navigate' };

const tokenOf = (app: SentIssue, subscriber_id: number) =>
  signVote(app.context.linkKeys, { issue_id: app.id, subscriber_id });
/** Without fetch, which sets its own Sec-Fetch-Mode. */
const follow = async (app: SentIssue, path: string, options: RequestOptions = { headers: BROWSER }) => {
  const call = request(`${app.url}/to/${path}`, { agent: false, ...options }).end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const chunks = await response.toArray();
  const body = Buffer.concat(chunks as Buffer[]).toString();
  return { status: response.statusCode, location: response.headers.location, body };
};
const listCounts = async ({ context: { db } }: SentIssue) => {
  const rows = await db.selectFrom('issue_clicks').selectAll().orderBy('link').orderBy('made_by').execute();
  return rows.map(({ link, made_by, clicks }) => `${link} ${made_by} ${clicks}`);
};
const later = (app: SentIssue, minutes: number) => {
  app.clock.now = new Date(app.clock.now.getTime() + minutes * 60_000);
};
const mailOf = async ({ context: { db } }: SentIssue) => {
  const mail = await db.selectFrom('outbox.mails').select(['html', 'text']).executeTakeFirstOrThrow();
  return [mail.html ?? '', mail.text ?? ''] as const;
};

test('by default no link of a mail is counted', async () => {
  const app = await createSentIssue(1, 'clean');
  for (const part of await mailOf(app)) {
    expect(part).not.toContain('/to/');
    expect(part).toMatch(new RegExp(`http://localhost:\\d+/${LEAD}`));
  }
});

test('with CLICKS=counted the links of both parts count the click, and lead to the same pages', async () => {
  const app = await createSentIssue(1, 'clean', { CLICKS: 'counted' });
  const { publicUrl } = app.context.config;
  for (const part of await mailOf(app)) {
    const links = [...new Set(part.match(/http[^\s"<)]+\/(?:to|comparisons|results|issues)\b[^\s"<)]*/g))];
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((link) => !link.startsWith(`${publicUrl}/to/${tokenOf(app, 1)}/`))).toEqual([]);
    for (const link of links) {
      const response = await app.request(new URL(link).pathname, { headers: BROWSER });
      const target = new URL(link).pathname.replace(/^\/to\/[^/]+/, '');
      expect([response.status, response.headers.get('location')]).toEqual([302, target]);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect((await app.request(target)).status).toBe(200);
    }
  }
});

test('clicks of people and of machines are told apart, and both are shown', async () => {
  const app = await createSentIssue(3, 'scanned', { CLICKS: 'counted' });
  const lead = `${tokenOf(app, 1)}/${LEAD}`;
  await follow(app, lead);
  later(app, 31);
  await follow(app, lead);
  await follow(app, lead);
  await follow(app, lead, { method: 'HEAD', headers: BROWSER });
  await follow(app, lead, {});
  await follow(app, `${tokenOf(app, 2)}/issues`);
  expect(await listCounts(app)).toEqual([`${LEAD} machine 3`, `${LEAD} person 2`, 'issues person 1']);
  const page = await (await app.request('/studio/learn')).text();
  expect(page).toContain(`<th scope="row">clicks on ${LEAD}</th><td>2, and 3 by machines</td>`);
  expect(page).toContain('<th scope="row">clicks on issues</th><td>1</td>');
  const csv = await (await app.request('/studio/clicks.csv')).text();
  expect(csv.split('\r\n').slice(0, 2)).toEqual([
    'week,number,link,people,machines',
    `2026-W48,1,${LEAD},2,3`,
  ]);
});

test('only signed links lead on, only to our own pages, and only the issue’s own are counted', async () => {
  const app = await createSentIssue(1, 'clean', { CLICKS: 'counted' });
  const token = tokenOf(app, 1);
  const forged = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
  expect((await follow(app, `${forged}/${LEAD}`)).status).toBe(404);
  for (const path of [
    'comparisons/%2F%2Fevil.example',
    'comparisons/..%2F..%2Fstudio',
    'comparisons/https%3A%2F%2Fevil.example',
    'results/2020-W01',
  ]) {
    const { status, location } = await follow(app, `${token}/${path}`);
    const target = new URL(location ?? '', app.url);
    expect([status, target.origin, /^\/(?:comparisons|results)\/[^/]*$/.test(target.pathname)]).toEqual([
      302,
      app.url,
      true,
    ]);
  }
  const preview = signVote(app.context.previewKeys, { issue_id: app.id, subscriber_id: 1 });
  const shown = await follow(app, `${preview}/${LEAD}`);
  expect(shown.body).toContain('This was a preview');
  expect(await listCounts(app)).toEqual([]);
});

test('a reader whose click cannot be counted still gets to the page', async () => {
  const app = await createSentIssue(1, 'clean', { CLICKS: 'counted' });
  const path = `${tokenOf(app, 1)}/${LEAD}`;
  // Erased since.
  await app.context.db.deleteFrom('subscribers').execute();
  expect((await follow(app, path)).location).toBe(`/${LEAD}`);
  expect(await listCounts(app)).toEqual([]);
});
