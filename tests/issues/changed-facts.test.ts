import { expect, test } from 'vitest';
import { tick } from '../../jobs/run/timetable.ts';
import { importContent } from '../../src/comparisons/store/import-content.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { editIssue } from '../../src/issues/edit/edit.ts';
import { releaseIssue } from '../../src/issues/decide/hold.ts';
import { withdrawApproval } from '../../src/sending/control/withdraw-approval.ts';
import { takeNewFacts } from '../../src/issues/decide/take-new-facts.ts';
import { listChangedFacts } from '../../src/issues/facts/changed-facts.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { contentOf, seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const WEEK = '2026-W48';
const PRICE = 'facts: Harborlight, price was “Paid” and is “Free, for teams of five”';
const QUOTE = /^facts: Quillbench, The Skeptic: quote was “.*” and is “I have changed my mind about it\.”/;

async function createAppWithDraft(env: Record<string, string> = {}): Promise<TestApp> {
  const app = await createTestApp(env);
  await seedContent(app.context.db);
  await seedReaders(app.context.db, 3);
  await draftIssue(app.context, WEEK);
  return app;
}

/** Corrects a price and a quote in the content, as an import would. */
async function changeFacts({ context }: TestApp): Promise<void> {
  const content = JSON.parse(JSON.stringify(contentOf('2026-11-18T09:00:00Z'))) as {
    tools: {
      slug: string;
      entryPrice: string;
      priceNote?: string;
      reviews: { reviewer: string; quote: string }[];
    }[];
  };
  for (const tool of content.tools) {
    if (tool.slug === 'harborlight') {
      Object.assign(tool, { entryPrice: 'free', priceNote: 'for teams of five' });
    }
    for (const review of tool.slug === 'quillbench' ? tool.reviews : []) {
      review.quote = review.reviewer === 'skeptic' ? 'I have changed my mind about it.' : review.quote;
    }
  }
  await importContent(context.db, content, { dryRun: false });
}

const issueOf = ({ context }: TestApp) => getIssue(context.db, WEEK);

test('a price and a quote that changed after the draft block its approval, and are named', async () => {
  const app = await createAppWithDraft();
  expect(await listChangedFacts(app.context.db, await issueOf(app))).toEqual([]);
  await changeFacts(app);
  await expect(approveIssue(app.context, WEEK, 'ann')).rejects.toMatchObject({
    code: 'refused',
    problems: [expect.stringContaining(PRICE), expect.stringMatching(QUOTE)],
  });
  await approveIssue(app.context, WEEK, 'ann', { despite: 'the old price holds until Friday' });
  expect(await issueOf(app)).toMatchObject({
    status: 'approved',
    approved_despite: expect.stringContaining('the old price holds until Friday\nfacts: Harborlight, price'),
  });
  // Staff have seen these changes: they do not hold the issue again.
  await tick(app.context);
  expect((await issueOf(app)).status).toBe('approved');
});

test('taking the new facts rewrites the draft, and keeps what staff wrote', async () => {
  const app = await createAppWithDraft();
  await editIssue(app.context, WEEK, { subject: 'A subject of our own for this week' });
  const before = await issueOf(app);
  await changeFacts(app);
  await takeNewFacts(app.context, WEEK);
  const after = await issueOf(app);
  expect(after.content.subject).toBe('A subject of our own for this week');
  const [harborlight] = after.content.lead.tools;
  expect([harborlight.entry_price, harborlight.price_note]).toEqual(['Free', 'for teams of five']);
  expect(JSON.stringify(after.content)).toContain('I have changed my mind about it.');
  expect([after.number, after.content.votes_until, after.content.lead.slug]).toEqual([
    before.number,
    before.content.votes_until,
    before.content.lead.slug,
  ]);
  expect(after.content_hash).not.toBe(before.content_hash);
  expect(await listChangedFacts(app.context.db, after)).toEqual([]);
  await approveIssue(app.context, WEEK, 'ann');
});

test('an approved issue is held within a minute when its facts change, and nobody gets the old price', async () => {
  const app = await createAppWithDraft();
  await approveIssue(app.context, WEEK, 'ann');
  await changeFacts(app);
  await tick(app.context);
  expect(await issueOf(app)).toMatchObject({
    status: 'held',
    status_reason: 'facts have changed since it was approved',
  });
  const notices = await app.context.db.selectFrom('staff_notices').select('message').execute();
  expect(notices.map(({ message }) => message)).toEqual([
    expect.stringContaining('Harborlight, price was “Paid” and is “Free, for teams of five”'),
  ]);
  await expect(releaseIssue(app.context, WEEK)).rejects.toThrow('stays held');
  await takeNewFacts(app.context, WEEK);
  // A draft would go out by itself, and nobody has approved the new words.
  expect(await issueOf(app)).toMatchObject({
    status: 'held',
    status_reason: 'it was written again from new facts; it goes out once it is approved again',
    approved_at: null,
  });
  await approveIssue(app.context, WEEK, 'ann');
  expect(await prepareIssue(app.context, WEEK)).toBe(3);
});

test('after facts have changed, withdrawing the approval becomes the reason for the hold', async () => {
  const app = await createAppWithDraft();
  await approveIssue(app.context, WEEK, 'ann');
  await changeFacts(app);
  await tick(app.context);
  await withdrawApproval(app.context, WEEK);
  expect((await issueOf(app)).status_reason).toContain('its approval was withdrawn');
  await takeNewFacts(app.context, WEEK);
  expect(await issueOf(app)).toMatchObject({
    status: 'held',
    status_reason: expect.stringContaining('its approval was withdrawn'),
  });
});

test('sending checks the facts once more, and an issue can be released as it was approved', async () => {
  const app = await createAppWithDraft();
  await approveIssue(app.context, WEEK, 'ann');
  await changeFacts(app);
  await expect(prepareIssue(app.context, WEEK)).rejects.toThrow('is held: facts have changed');
  expect((await issueOf(app)).status).toBe('held');
  await releaseIssue(app.context, WEEK, { despite: 'both prices are right' });
  await tick(app.context);
  expect(await prepareIssue(app.context, WEEK)).toBe(3);
  // What is sent keeps its facts.
  await changeFacts(app);
  expect(await listChangedFacts(app.context.db, await issueOf(app))).toEqual([]);
});

test('a comparison that is gone from the content blocks the issue until somebody decides', async () => {
  const app = await createAppWithDraft();
  await app.context.db.deleteFrom('comparisons').where('slug', '=', 'mossgate-vs-tallyrook').execute();
  await expect(approveIssue(app.context, WEEK, 'ann')).rejects.toMatchObject({
    problems: [expect.stringContaining('facts: Mossgate vs Tallyrook is gone')],
  });
  await expect(takeNewFacts(app.context, WEEK)).rejects.toThrow('cannot be written again');
  await approveIssue(app.context, WEEK, 'ann', { despite: 'it comes back tomorrow' });
  await tick(app.context);
  expect((await issueOf(app)).status).toBe('approved');
});

test('the studio shows the changes side by side, and takes the new facts with one press', async () => {
  const app = await createAppWithDraft();
  await changeFacts(app);
  const page = await (await app.request(`/studio/issues/${WEEK}`)).text();
  expect(page).toMatch(/Harborlight, price<\/th><td>Paid<\/td><td>Free, for teams of five<\/td>/);
  expect(page).not.toContain('>Approve</button>');
  expect((await app.post(`/studio/issues/${WEEK}/take-facts`)).status).toBe(303);
  const after = await (await app.request(`/studio/issues/${WEEK}`)).text();
  expect(after).not.toContain('Facts have changed');
  expect(after).toContain('>Approve</button>');
});
