import { expect, test } from 'vitest';
import { getIssue } from '../../src/issues/record/issue.ts';
import { closeVoting } from '../../src/votes/close/close.ts';
import { createSentIssue, WEEK } from '../support/sent-issue.ts';

const SLUG = 'harborlight-vs-quillbench';

const textOf = (html: string) => html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');

test('Ship and Skip are offered alike, in the same order, whichever link was opened', async () => {
  const app = await createSentIssue();
  for (const choice of ['ship', 'skip']) {
    const html = await (await app.request(app.pathOf(1, 'harborlight', choice))).text();
    const buttons = [...html.matchAll(/<button([^>]*)>([^<]*)</g)];
    const labels = buttons.map(([, , label = '']) => label);
    expect(labels.length).toBeGreaterThanOrEqual(12);
    expect(labels).toEqual(labels.map((_, index) => (index % 2 === 0 ? '✓ Ship' : '✕ Skip')));
    const looks = buttons.map(([, attributes = '']) => /class="([^"]*)"/.exec(attributes)?.[1]);
    expect(new Set(looks)).toEqual(new Set(['choice']));
  }
});

test('the vote page says when voting ends, and leads back to the issue and the comparison', async () => {
  const app = await createSentIssue();
  const { content } = await getIssue(app.context.db, WEEK);
  const html = await (await app.request(app.pathOf(1))).text();
  expect(textOf(html)).toContain(`Voting ends ${content.votes_until};`);
  expect(html).toContain(`href="/issues/${WEEK}"`);
  expect(html).toContain(`href="/comparisons/${SLUG}"`);
  // Whoever has a forwarded mail is not shown whose it is.
  expect(textOf(html)).toContain('voting as d…1@r….dev');
  expect(html).not.toContain('delivered+1@');
});

test('a comparison’s page has the words of the mail, says how to vote, and later links to the result', async () => {
  const app = await createSentIssue();
  const { content } = await getIssue(app.context.db, WEEK);
  const read = async () => textOf(await (await app.request(`/comparisons/${SLUG}`)).text());
  const printed = [content.lead, ...content.more].find(({ slug }) => slug === SLUG)!;
  const open = await read();
  expect(open).toContain(printed.verdict);
  expect(open).toContain(`Voting is open until ${content.votes_until}.`);
  app.clock.now = new Date(app.clock.now.getTime() + 7 * 86_400_000);
  await closeVoting(app.context, WEEK);
  expect(await read()).toContain(`It was up for a vote in issue ${content.number}.`);
  expect(await (await app.request(`/comparisons/${SLUG}`)).text()).toContain(`/results/${WEEK}/${SLUG}`);
});

test('a comparison that changed after its issue is described anew', async () => {
  const app = await createSentIssue();
  const { content } = await getIssue(app.context.db, WEEK);
  const printed = [content.lead, ...content.more].find(({ slug }) => slug === SLUG)!;
  await app.context.db
    .updateTable('reviews')
    .set({ verdict: 'skip' })
    .where('tool_slug', '=', 'harborlight')
    .execute();
  const page = textOf(await (await app.request(`/comparisons/${SLUG}`)).text());
  expect(page).not.toContain(printed.verdict);
  expect(page).toContain('Nobody would ship Harborlight.');
});

test('a comparison has a picture for sharing', async () => {
  const app = await createSentIssue();
  const html = await (await app.request(`/comparisons/${SLUG}`)).text();
  const [, url = ''] = /<meta property="og:image" content="([^"]*)"/.exec(html) ?? [];
  expect(url).toBe(`${app.context.config.publicUrl}/comparisons/${SLUG}.png`);
  const response = await app.request(new URL(url).pathname);
  expect(response.headers.get('content-type')).toBe('image/png');
  const png = Buffer.from(await response.arrayBuffer());
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1_200, 630]);
  expect((await app.request('/comparisons/no-such-pair.png')).status).toBe(404);
});
