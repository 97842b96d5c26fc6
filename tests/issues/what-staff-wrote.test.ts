import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { listAuditEntries } from '../../src/audit/audit-log.ts';
import { arrangeComparisons } from '../../src/issues/edit/arrange.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { releaseIssue } from '../../src/issues/decide/hold.ts';
import { takeNewFacts } from '../../src/issues/decide/take-new-facts.ts';
import { editIssue } from '../../src/issues/edit/edit.ts';
import { moveStep } from '../../src/issues/edit/undo.ts';
import { listChangedFacts } from '../../src/issues/facts/changed-facts.ts';
import { hashFindings } from '../../src/issues/finding/finding.ts';
import { auditedIssueChange } from '../../src/issues/record/audit-issue.ts';
import { selectContent } from '../../src/issues/select/select-content.ts';
import { updateIssuesFromContent } from '../../src/issues/decide/update-issues-from-content.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import type { EntryPrice } from '../../src/database/schema.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { listLanes } from '../../src/sending/lanes/lanes.ts';
import { claimBatch } from '../../src/sending/submit/_claim-batch.ts';
import { recordResponse } from '../../src/sending/submit/_record-response.ts';
import { cancelIssue } from '../../src/sending/control/cancel-issue.ts';
import { withdrawApproval } from '../../src/sending/control/withdraw-approval.ts';
import { createDraftedIssue } from '../support/drafted-issue.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { WEEK } from '../support/sent-issue.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const PAGE = `/studio/issues/${WEEK}`;
const issueOf = ({ context }: TestApp) => getIssue(context.db, WEEK);

async function changePrice({ context: { db } }: TestApp, entry_price: EntryPrice): Promise<void> {
  await db
    .updateTable('tools')
    .set(({ eb }) => ({ entry_price, revision: eb('revision', '+', 1) }))
    .where('slug', '=', 'harborlight')
    .execute();
}

test('a cut of a review that keeps words which its reviewer takes back is dropped', async () => {
  const app = await createTestApp({}, '2026-11-23T10:00:00Z');
  const { db } = app.context;
  await seedContent(db);
  const start = 'It saves me an hour each week. '.repeat(7);
  const write = (end: string) =>
    db
      .updateTable('reviews')
      .set(({ ref }) => ({
        quote: sql`${start} || ${ref('tool_slug')} || ${ref('reviewer_slug')} || ${end}`,
      }))
      .where('tool_slug', 'in', ['harborlight', 'quillbench'])
      .execute();
  await write(': it never lost a file of mine.');
  await draftIssue(app.context, WEEK);
  const { lead } = (await issueOf(app)).content;
  const field = `quote:${lead.slug}:0` as const;
  const cut = 'It saves me an hour each week … it never lost a file of mine.';
  await editIssue(app.context, WEEK, { [field]: cut });
  expect((await issueOf(app)).content.lead.quotes?.[0]?.text).toBe(cut);
  await write(': it lost two files of mine.');
  await db
    .updateTable('tools')
    .set(({ eb }) => ({ revision: eb('revision', '+', 1) }))
    .execute();
  await takeNewFacts(app.context, WEEK);
  expect(JSON.stringify((await issueOf(app)).content.lead.quotes)).not.toContain('never lost');
});

test('a verdict on a pair is dropped when the pair gets another tool', async () => {
  const app = await createDraftedIssue();
  const { db } = app.context;
  const slug = (await issueOf(app)).content.more[0]!.slug;
  await editIssue(app.context, WEEK, { [`verdict:${slug}`]: 'We would take the second any day.' });
  await editIssue(app.context, WEEK, { preheader: 'A preheader of our own for this week' });
  await sql`
    insert into tools (slug, name, category, tagline, description, entry_price, reviewed_on, price_checked_on)
    select 'newcomer', 'Newcomer', category, tagline, description, entry_price, reviewed_on, price_checked_on
    from tools where slug = (select tool_b from comparisons where slug = ${slug})`.execute(db);
  await sql`
    insert into reviews (tool_slug, reviewer_slug, verdict, quote)
    select 'newcomer', reviewer_slug, verdict, 'New: ' || quote from reviews
    where tool_slug = (select tool_b from comparisons where slug = ${slug})`.execute(db);
  await db
    .updateTable('comparisons')
    .set(({ eb }) => ({ tool_b: 'newcomer', revision: eb('revision', '+', 1) }))
    .where('slug', '=', slug)
    .execute();
  await takeNewFacts(app.context, WEEK);
  const { content } = await issueOf(app);
  expect(content.more.map(({ tools }) => tools[1]?.slug)).toContain('newcomer');
  expect(JSON.stringify(content)).not.toContain('We would take the second');
  // Nor does an undo of a later edit bring it back.
  await moveStep(app.context, WEEK, 'undo');
  expect(JSON.stringify((await issueOf(app)).content)).not.toContain('We would take the second');
});

test('facts that an approval accepted have changed again once it is withdrawn, and can be taken before that', async () => {
  const app = await createDraftedIssue();
  await changePrice(app, 'free');
  await approveIssue(app.context, WEEK, 'ann', { despite: 'the old price holds until Friday' });
  expect(await listChangedFacts(app.context.db, await issueOf(app))).toEqual([]);
  const approved = await (await app.request(PAGE)).text();
  expect(approved).toContain('It goes out as it is, although facts have changed');
  expect(approved).toContain('Take the new facts');
  await withdrawApproval(app.context, WEEK);
  expect(await listChangedFacts(app.context.db, await issueOf(app))).toMatchObject([{ now: 'Free' }]);
  await expect(approveIssue(app.context, WEEK, 'bo')).rejects.toThrow('does not pass its checks');
  expect(await takeNewFacts(app.context, WEEK)).toBe(true);
  await approveIssue(app.context, WEEK, 'bo');
  expect(await (await app.request(PAGE)).text()).not.toContain('facts have changed');
});

test('a reason overrides only the findings that somebody saw', async () => {
  const app = await createDraftedIssue();
  await editIssue(app.context, WEEK, { subject: 'Short' });
  const page = await (await app.request(PAGE)).text();
  const fields = Object.fromEntries(
    [...page.matchAll(/<input type="hidden" name="(expected|hold|findings)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  );
  await changePrice(app, 'free');
  const refused = await app.post(`${PAGE}/approve`, { ...fields, why: 'a short subject is fine' });
  expect(refused.status).toBe(409);
  expect(await refused.text()).toContain('are not those that you saw');
  expect((await issueOf(app)).status).toBe('draft');
});

test('a release overrides only the changes that somebody saw, and keeps what an earlier reason was about', async () => {
  const app = await createDraftedIssue();
  await editIssue(app.context, WEEK, { subject: 'Short' });
  await approveIssue(app.context, WEEK, 'ann', { despite: 'a short subject is fine' });
  await changePrice(app, 'free');
  await sql`update issues set status = 'held', status_reason = 'facts have changed', held_at = now()`.execute(
    app.context.db,
  );
  const options = { despite: 'the price is right on Tuesday' };
  await expect(
    releaseIssue(app.context, WEEK, { ...options, expectedFindings: hashFindings(['another']) }),
  ).rejects.toThrow('are not those that you saw');
  await releaseIssue(app.context, WEEK, options);
  expect((await issueOf(app)).approved_despite).toMatch(
    /^the price is right on Tuesday\nBefore, with the reason “a short subject is fine”:\n[^]*subject[^]*price was/,
  );
});

test('a reviewer who has not reviewed anything yet stops no draft', async () => {
  const app = await createTestApp({}, '2026-11-23T10:00:00Z');
  await seedContent(app.context.db);
  await app.context.db
    .insertInto('reviewers')
    .values({ slug: 'newcomer', name: 'The Newcomer', lens: 'What is new', position: 9 })
    .execute();
  expect(await draftIssue(app.context, WEEK)).toMatchObject({ kind: 'drafted' });
});

test('by default the studio shows the mail of a reader who gets the whole issue', async () => {
  const app = await createDraftedIssue();
  const { db } = app.context;
  await sql`update subscribers set categories = '{Data}', always_lead = true where id = 1`.execute(db);
  await db.updateTable('subscribers').set({ frequency: 'monthly' }).where('id', '=', 2).execute();
  const copy = await (await app.request(`${PAGE}/copy`)).text();
  const { content } = await issueOf(app);
  for (const { tools } of [content.lead, ...content.more]) {
    expect(copy).toContain(tools[0].name);
  }
});

test('for how many readers a comparison was prepared does not depend on how many were skipped or cancelled', async () => {
  const app = await createTestApp({}, '2026-11-24T14:00:00Z');
  const { context } = app;
  const { db } = context;
  await seedContent(db);
  await seedReaders(db, 3);
  await sql`update subscribers set categories = '{Data}', always_lead = true where id < 3`.execute(db);
  await draftIssue(context, WEEK, new Date('2026-11-23T06:00:00Z'));
  await approveIssue(context, WEEK, 'ann');
  await prepareIssue(context, WEEK);
  const [lane] = listLanes(context.config);
  const { id } = await db.selectFrom('batches').select('id').executeTakeFirstOrThrow();
  const batch = await claimBatch(context, id, lane);
  await cancelIssue(context, WEEK);
  await recordResponse(context, batch!, lane, { kind: 'wait', seconds: 1, reason: '429' });
  const csv = await (await app.request('/studio/comparisons.csv')).text();
  const lines = csv.split('\r\n').filter((line) => line.startsWith(WEEK));
  const numbers = lines.map((line) => Number(line.split(',')[5]));
  expect(numbers.toSorted((a, b) => a - b)).toEqual([1, 3, 3]);
});

test('a subject that was chosen from the suggestions goes when it is no longer true; one that staff wrote stays', async () => {
  const app = await createDraftedIssue();
  const { context } = app;
  const { db } = context;
  const suggested = 'Harborlight edges out Quillbench, 3–2, plus 2 more verdicts';
  // As in other weeks.
  await sql`update issues set choice = jsonb_set(choice, '{subjects,1,text}', ${JSON.stringify(suggested)})`.execute(
    db,
  );
  const { choice, content } = await issueOf(app);
  const preheader = choice.preheaders!.map(({ text }) => text).find((text) => text !== content.preheader)!;
  await editIssue(context, WEEK, { subject: suggested, preheader });
  // A reader who gets only a part of the issue gets lines about that part.
  const part = selectContent(await issueOf(app), undefined, {
    categories: [content.lead.tools[0].category],
    always_lead: true,
  });
  expect(part?.left_out).toBe(2);
  expect(part?.subject).not.toContain('plus 2 more');
  await sql`update reviews set verdict = case when verdict = 'ship' then 'skip' else 'ship' end`.execute(db);
  await sql`update tools set revision = revision + 1`.execute(db);
  await takeNewFacts(context, WEEK);
  const after = await issueOf(app);
  expect(after.content.subject).toBe(after.choice.subjects?.[0]?.text);
  expect(after.content.subject).not.toBe(suggested);
  await editIssue(context, WEEK, { subject: 'What we would really ship this week' });
  await sql`update tools set revision = revision + 1`.execute(db);
  await takeNewFacts(context, WEEK);
  expect((await issueOf(app)).content.subject).toBe('What we would really ship this week');
});

test('an arrangement drops a suggestion about the old lead, and its undo brings it back, and what was written before', async () => {
  const app = await createDraftedIssue();
  const { context } = app;
  const { choice, content } = await issueOf(app);
  const suggested = choice.subjects![2]!.text;
  await editIssue(context, WEEK, { subject: 'What we would really ship this week' });
  app.clock.now = new Date(app.clock.now.getTime() + 120_000);
  await editIssue(context, WEEK, { subject: suggested });
  const [first, second, ...rest] = [content.lead, ...content.more].map(({ slug }) => slug);
  await arrangeComparisons(context, WEEK, [second!, first!, ...rest]);
  expect((await issueOf(app)).content.subject).not.toBe(suggested);
  await moveStep(context, WEEK, 'undo');
  expect((await issueOf(app)).content.subject).toBe(suggested);
  await moveStep(context, WEEK, 'undo');
  expect((await issueOf(app)).content.subject).toBe('What we would really ship this week');
});

test('a suggestion that is no longer true does not come back by an undo', async () => {
  const app = await createDraftedIssue();
  const { context } = app;
  const suggested = (await issueOf(app)).choice.subjects![2]!.text;
  await editIssue(context, WEEK, { subject: suggested });
  app.clock.now = new Date(app.clock.now.getTime() + 120_000);
  await editIssue(context, WEEK, { subject: 'What we would really ship this week' });
  await sql`update reviews set verdict = case when verdict = 'ship' then 'skip' else 'ship' end`.execute(
    context.db,
  );
  await sql`update tools set revision = revision + 1`.execute(context.db);
  await takeNewFacts(context, WEEK);
  await moveStep(context, WEEK, 'undo');
  expect((await issueOf(app)).content.subject).not.toBe(suggested);
});

test('a tool without a review that staff add is a finding', async () => {
  const app = await createDraftedIssue();
  const { context } = app;
  await sql`delete from reviews where tool_slug = 'harborlight'`.execute(context.db);
  await sql`update tools set revision = revision + 1 where slug = 'harborlight'`.execute(context.db);
  await takeNewFacts(context, WEEK);
  await expect(approveIssue(context, WEEK, 'ann')).rejects.toMatchObject({
    problems: expect.arrayContaining([expect.stringContaining('nobody has reviewed Harborlight')]),
  });
});

test('an approval that content changes hold is in the history, with who changed it', async () => {
  const app = await createDraftedIssue();
  const { context } = app;
  await approveIssue(context, WEEK, 'ann');
  await changePrice(app, 'paid');
  await updateIssuesFromContent(context, { name: 'Bob', via: 'studio' });
  expect(await listAuditEntries(context.db, 5, { week: WEEK })).toMatchObject([
    { actor: 'Bob', action: 'hold', after: { status: 'held' } },
  ]);
});

test('an edit that is refused leaves no entry of what somebody else did meanwhile', async () => {
  const app = await createDraftedIssue();
  const { context } = app;
  const by = (name: string) => ({ name, via: 'studio' }) as const;
  await auditedIssueChange(context, by('Ann'), 'edit', WEEK, {}, async () => {
    await auditedIssueChange(context, by('Bob'), 'approve', WEEK, {}, () =>
      approveIssue(context, WEEK, 'Bob'),
    );
    return editIssue(context, WEEK, { subject: 'Too late for this week’s issue' });
  }).catch(() => undefined);
  expect(await listAuditEntries(context.db, 5, { week: WEEK })).toMatchObject([
    { actor: 'Bob', action: 'approve' },
  ]);
});

test('a quote with other white space than a form sends can be shortened', async () => {
  const app = await createTestApp({}, '2026-11-23T10:00:00Z');
  const { db } = app.context;
  await seedContent(db);
  await sql`update reviews set quote = reviewer_slug || ' on ' || tool_slug || E': elle coûte 10\u00a0€ par mois.  And it is worth it, ship it.'`.execute(
    db,
  );
  await draftIssue(app.context, WEEK);
  const { lead } = (await issueOf(app)).content;
  const field = `quote:${lead.slug}:0` as const;
  const cut = 'elle coûte 10 € par mois. And it is worth it';
  await editIssue(app.context, WEEK, { [field]: cut });
  expect((await issueOf(app)).content.lead.quotes?.[0]?.text).toBe(cut);
});
