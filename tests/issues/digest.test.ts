import { expect, test } from 'vitest';
import { monthlyDigest } from '../../emails/monthly-digest.tsx';
import { checkLetter } from '../../src/issues/check/check-issue.ts';
import { composeDigest, fillDigest, loadDigest } from '../../src/issues/results/digest.ts';
import { renderLetter } from '../../src/issues/render/render-letter.tsx';
import { closeVoting } from '../../src/votes/close/close.ts';
import { worstCaseContent } from '../support/worst-case-content.ts';
import { createSentIssue, WEEK } from '../support/sent-issue.ts';
import { visitAndVote } from '../support/visit.ts';

const ORIGIN = 'http://localhost:3000';
const links = {
  archive_url: `${ORIGIN}/issues`,
  preferences_url: `${ORIGIN}/preferences/x`,
  unsubscribe_url: `${ORIGIN}/unsubscribe/x`,
  imprint: { panel_label: 'AI panel', postal_address: 'Here', reads_replies: false },
};

test('a digest summarizes the month’s issues with their frozen votes', async () => {
  const app = await createSentIssue(12);
  for (let reader = 1; reader <= 12; reader++) {
    await visitAndVote(app, app.pathOf(reader));
  }
  await closeVoting(app.context, WEEK);
  app.context.config = { ...app.context.config, publicUrl: ORIGIN };
  const content = await loadDigest(app.context, '2026-11');
  expect(content).toMatchObject({
    month: 'November 2026',
    subject: 'November in verdicts: Harborlight',
    summary: '1 issue of November with 3 comparisons, 12 votes.',
    issues: [{ heading: 'Issue 1 · Week of 23 November 2026' }],
  });
  expect(content.issues[0]?.lead.tools[0]).toEqual({
    name: 'Harborlight',
    panel: '3 of 4 ship',
    community: 'early: 12 votes',
  });
  expect(content.issues[0]?.more).toHaveLength(2);
  expect(await checkLetter(monthlyDigest({ content, ...links }), ORIGIN)).toEqual([]);
  await expect(loadDigest(app.context, '2026-10')).rejects.toThrow('No issue went out in 2026-10');
  await expect(loadDigest(app.context, 'May')).rejects.toThrow('"May" is not a month');
});

test.each([
  ['UTC', '2026-11'],
  ['Pacific/Kiritimati', '2026-12'],
])('in the time zone %s the last night of November belongs to %s', async (TIMEZONE, month) => {
  const app = await createSentIssue(1, 'unknown', { TIMEZONE });
  await app.context.db
    .updateTable('issues')
    .set({ prepared_at: new Date('2026-11-30T23:30:00Z') })
    .execute();
  expect((await loadDigest(app.context, month)).issues).toHaveLength(1);
});

test('each issue is in exactly one digest, even after the time zone setting changes', async () => {
  const app = await createSentIssue(1, 'unknown', { TIMEZONE: 'Pacific/Kiritimati' });
  const { context } = app;
  await context.db
    .updateTable('issues')
    .set({ prepared_at: new Date('2026-11-30T12:00:00Z') })
    .execute();
  await fillDigest(context, '2026-11');
  // In the new time zone it is still November, but the November digest has been filled without this issue.
  context.config = { ...context.config, timezone: 'Pacific/Pago_Pago' };
  await fillDigest(context, '2026-12');
  const months = [];
  for (const month of ['2026-10', '2026-11', '2026-12', '2027-01']) {
    const digest = await loadDigest(context, month).catch(() => undefined);
    months.push(...(digest ? [month] : []));
  }
  expect(months).toEqual(['2026-12']);
});

/** Each name is one letter repeated sixty times, all different. */
const LETTERS = ['abcdefghij', 'klmnopqrst', 'uvwxyz0123', 'абвгдежзий', 'клмнопрсту'];

test('a digest has only the issues of its own month, not those of a month whose digest never went out', async () => {
  const app = await createSentIssue(1);
  const { context } = app;
  await context.db
    .updateTable('issues')
    .set({ prepared_at: new Date('2025-11-24T14:00:00Z') })
    .execute();
  await fillDigest(context, '2026-11');
  await expect(loadDigest(context, '2026-11')).rejects.toThrow('No issue went out in 2026-11');
});

test('votes on a tool that is in two issues of a month are all counted', () => {
  const content = worstCaseContent(1, LETTERS[0]);
  const slugs = [content.lead, ...content.more].flatMap(({ tools }) => tools.map(({ slug }) => slug));
  const tallies = (ship: number) => new Map(slugs.map((slug) => [slug, { ship, skip: 0 }]));
  const compose = (ships: number[]) =>
    composeDigest(
      new Date('2026-11-01'),
      ships.map((ship, index) => ({
        week: `2026-W4${index}`,
        number: index,
        content,
        tallies: tallies(ship),
      })),
      { publicUrl: ORIGIN, comparisonUrl: undefined },
    ).summary;
  const votes = (summary: string) => Number(/([\d,]+) votes/.exec(summary)?.[1]?.replace(',', ''));
  expect(votes(compose([30, 10]))).toBe(40 * slugs.length);
});

test('five issues of the longest content stay within 45 kB and 40 links', async () => {
  const issues = [1, 2, 3, 4, 5].map((number) => ({
    week: `2026-W4${number}`,
    number,
    content: worstCaseContent(number, LETTERS[number - 1]),
    tallies: new Map(),
  }));
  const letter = monthlyDigest({
    content: composeDigest(new Date('2026-11-01'), issues, { publicUrl: ORIGIN, comparisonUrl: undefined }),
    ...links,
  });
  const { html } = await renderLetter(letter);
  expect(Buffer.byteLength(html)).toBeLessThan(45_000);
  expect(new Set(html.match(/href="[^"]*"/g)).size).toBeLessThanOrEqual(40);
  expect(await checkLetter(letter, ORIGIN)).toEqual([]);
});
