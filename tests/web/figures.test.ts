import { expect, test } from 'vitest';
import { signSubscriber, signVote } from '../../src/links/tokens.ts';
import { cancelIssue } from '../../src/sending/control/cancel-issue.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { sendBatch } from '../../src/sending/submit/send-batch.ts';
import { closeVoting } from '../../src/votes/close/close.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { loadProgress } from '../../src/web/studio-watch/_load-progress.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { createDraftedIssue } from '../support/drafted-issue.ts';
import { createPreparedIssue } from '../support/prepared-issue.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createSentIssue, sendIssue, WEEK } from '../support/sent-issue.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const pageOf = async (app: TestApp, path: string) => (await app.request(path)).text();

test('a cancelled issue is as far as it got, and was cancelled when it was', async () => {
  const app = await createPreparedIssue(250);
  await sendBatch(app.context, 1);
  app.clock.now = new Date('2026-11-25T09:30:00Z');
  await cancelIssue(app.context, WEEK);
  const page = await pageOf(app, `/studio/issues/${WEEK}`);
  expect(page).toContain('Cancelled after 100 of 250 readers had been sent the issue.');
  expect(page).toContain('100 of 250 done');
  expect(page).not.toContain('250 of 250');
  expect(await pageOf(app, '/studio')).toMatch(/Cancelled.{0,200}Wednesday 25 November 2026, 09:30/s);
});

test('who was not reached, or perhaps not, is not among those to whom an issue went', async () => {
  const app = await createSentIssue(4);
  for (const [id, status] of [
    [1, 'bounced'],
    [2, 'suppressed'],
    [3, 'unknown'],
  ] as const) {
    await app.context.db.updateTable('deliveries').set({ status }).where('subscriber_id', '=', id).execute();
  }
  expect(await pageOf(app, `/studio/issues/${WEEK}`)).toContain('Went to 2 readers (and perhaps 1 more) on');
});

test('a closed ballot counts the held votes on the tools that it shows', async () => {
  const app = await createTestApp();
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, 3);
  await context.db
    .updateTable('subscribers')
    .set({ categories: ['Design'], always_lead: false })
    .where('id', '=', 1)
    .execute();
  const issue_id = await sendIssue(app);
  await closeVoting(context, WEEK);
  await context.db.updateTable('tallies').set({ held: 4 }).where('tool_slug', '=', 'mossgate').execute();
  const ballotOf = (subscriber_id: number) =>
    pageOf(app, `/v/${signVote(context.linkKeys, { issue_id, subscriber_id })}/fernwick/ship`);
  expect(await ballotOf(1)).not.toContain('held and not counted');
  expect(await ballotOf(2)).toContain('4 more votes are held and not counted');
});

test('preferences name the next issue only to a reader who gets it', async () => {
  const app = await createDraftedIssue();
  const { context } = app;
  await approveIssue(context, WEEK, 'test');
  const preferences = () => pageOf(app, `/preferences/${signSubscriber(context.linkKeys, 'preferences', 1)}`);
  const change = (set: object) => context.db.updateTable('subscribers').set(set).execute();
  expect(await preferences()).toContain('As soon as an issue is out: next on');
  await change({ categories: ['Design'], always_lead: false });
  expect(await preferences()).not.toContain('next on');
  await change({ categories: [], paused_until: new Date('2027-01-18T00:00:00Z') });
  expect(await preferences()).not.toContain('next on');
});

test('what waits for a paused lane and for a later morning as well is subtracted once from what is being sent', async () => {
  const app = await createTestApp({ MAIL_FROM_2: 'Weekly Verdicts <verdicts@news.example.net>' });
  const { context } = app;
  const { db, now } = context;
  await seedContent(db);
  await seedReaders(db, 400);
  await db
    .updateTable('subscribers')
    .set({ morning_zone: 'America/New_York' })
    .where('id', '<=', 300)
    .execute();
  await draftIssue(context, WEEK);
  await approveIssue(context, WEEK, 'test');
  await prepareIssue(context, WEEK);
  await db
    .updateTable('send_rate')
    .set({ paused_at: now(), paused_reason: 'a test' })
    .where('id', '=', 2)
    .execute();
  const [batch] = await db
    .selectFrom('batches')
    .select('id')
    .where('lane', '=', 1)
    .where('send_at', 'is', null)
    .execute();
  await sendBatch(context, batch!.id);
  expect(await pageOf(app, `/studio/issues/${WEEK}`)).not.toContain(
    'the rest waits for a paused lane, or for a later',
  );
  const { later, total, done, lanes } = await loadProgress(context, await getIssue(db, WEEK));
  const heldUp = lanes.reduce((sum, lane) => sum + (lane.state ? lane.mails - lane.done : 0), 0);
  expect(total - done - later - heldUp).toBeGreaterThanOrEqual(0);
});
