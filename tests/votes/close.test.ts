import { withdrawApproval } from '../../src/sending/control/withdraw-approval.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eraseReader } from '../../src/sending/deliveries/erase-reader.ts';
import { judge } from '../../src/votes/judge/judge.ts';
import { loadEvidence } from '../../src/votes/evidence/load-evidence.ts';
import { storeJudgements } from '../../src/votes/judge/store-judgements.ts';
import { sql } from 'kysely';
import { judgeAll } from '../../src/votes/judge/judge-again.ts';
import { closeVotingJob } from '../../jobs/issue/close-voting.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { hashContent } from '../../src/issues/record/content-hash.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { publishAgain } from '../support/publish-again.ts';
import type { Db } from '../../src/database/connect.ts';
import { voterKey } from '../../src/installation/installation.ts';
import { lockVoters } from '../../src/votes/evidence/lock-voters.ts';
import { closeVoting, listOpenIssues } from '../../src/votes/close/close.ts';
import { createSentIssue, WEEK } from '../support/sent-issue.ts';
import { visitAndVote } from '../support/visit.ts';
import { untilDoneOrWaiting, untilWaiting } from '../support/is-waiting.ts';
import { compactVoteCounts, loadTallies } from '../../src/votes/tally/load-tallies.ts';
import { countVoters } from '../../src/votes/tally/count-voters.ts';

const LATER_WEEK = '2026-W50';

test('while the votes are judged, a late vote is refused at once, and the page says that voting is over', async () => {
  const app = await createSentIssue(3);
  const { db } = app.context;
  await visitAndVote(app, app.pathOf(1));
  // The rows that closing must write are locked here, so that closing has to wait.
  await db.updateTable('votes').set({ reason: 'too fast', state: 'held' }).execute();
  const closing = await db.transaction().execute(async (tx) => {
    await tx.selectFrom('votes').select('tool_slug').forUpdate().execute();
    const finished = closeVoting(app.context, WEEK);
    await untilWaiting(db);
    const voted = visitAndVote(app, app.pathOf(2)).then(() => 'answered');
    expect(await Promise.race([voted, sleep(2_000, 'waiting')])).toBe('answered');
    expect(await (await app.request(app.pathOf(3))).text()).toContain('Voting is over');
    expect(await countTallies(db)).toBe(0);
    return { finished };
  });
  await closing.finished;
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
  expect(await countTallies(db)).toBe(6);
});

test('a vote that was being written when voting closed is counted', async () => {
  const app = await createSentIssue(2);
  const { db, installation } = app.context;
  const voter = { issue_id: app.id, subscriber_id: 1, voter_key: voterKey(installation, 1) };
  const both = await db.transaction().execute(async (tx) => {
    await lockVoters(tx, [voter]);
    const voting = visitAndVote(app, app.pathOf(1));
    await untilWaiting(db);
    return { voting, closing: closeVoting(app.context, WEEK) };
  });
  await Promise.all([both.voting, both.closing]);
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
  const tally = db.selectFrom('tallies').select('ship').where('tool_slug', '=', 'harborlight');
  expect(await tally.execute()).toEqual([{ ship: 1 }]);
});

test('closing continues after an interruption, and late votes stay uncounted', async () => {
  const app = await createSentIssue(2);
  const { db } = app.context;
  await visitAndVote(app, app.pathOf(1));
  await db.updateTable('issues').set({ voting_closed_at: app.clock.now }).execute();
  await visitAndVote(app, app.pathOf(2));
  expect(await listOpenIssues(app.context, LATER_WEEK)).toMatchObject([{ week: WEEK }]);
  await closeVoting(app.context, WEEK);
  expect(await listOpenIssues(app.context, LATER_WEEK)).toEqual([]);
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
});

test('a tool in two comparisons of an issue is counted once', async () => {
  const app = await createSentIssue(2);
  const { db } = app.context;
  await db
    .insertInto('issue_comparisons')
    .values({
      issue_id: app.id,
      position: 9,
      comparison_slug: 'harborlight-vs-mossgate',
      tool_a: 'harborlight',
      tool_b: 'mossgate',
    })
    .execute();
  await visitAndVote(app, app.pathOf(1));
  await visitAndVote(app, app.pathOf(2));
  await visitAndVote(app, app.pathOf(2, 'quillbench'));
  await closeVoting(app.context, WEEK);
  const tally = db
    .selectFrom('tallies')
    .select(['ship', 'paired', 'both_ship'])
    .where('tool_slug', '=', 'harborlight');
  expect(await tally.execute()).toEqual([{ ship: 2, paired: 1, both_ship: 1 }]);
  expect(await countTallies(db)).toBe(6);
});

test('a draft that was made before voting closed gets the result; an approved one stays as it is', async () => {
  const app = await createSentIssue(1);
  const { db } = app.context;
  await visitAndVote(app, app.pathOf(1));
  const weeks = ['2026-W49', '2026-W50'];
  for (const week of weeks) {
    await publishAgain(app);
    await draftIssue(app.context, week);
  }
  await approveIssue(app.context, '2026-W50', 'test');
  const recaps = async () =>
    Promise.all(weeks.map(async (week) => (await getIssue(db, week)).content.recap?.week ?? null));
  expect(await recaps()).toEqual([null, null]);
  app.clock.now = new Date('2026-12-01T06:00:00Z');
  await closeVotingJob(app.context, { before_week: '2026-W49' });
  expect(await recaps()).toEqual([WEEK, null]);
  // Once its approval is withdrawn, it gets the result too.
  await withdrawApproval(app.context, '2026-W50');
  expect(await recaps()).toEqual([WEEK, WEEK]);
  const { content, content_hash } = await getIssue(db, '2026-W49');
  expect(content_hash).toBe(hashContent(content));
  await closeVotingJob(app.context, { before_week: '2026-W49' });
  expect((await getIssue(db, '2026-W49')).content_hash).toBe(content_hash);
});

test('judging does not bring back the votes of a reader who was erased meanwhile', async () => {
  const app = await createSentIssue(1);
  const { db, installation } = app.context;
  const voter = { issue_id: app.id, subscriber_id: 1, voter_key: voterKey(installation, 1) };
  await visitAndVote(app, app.pathOf(1));
  const { readers } = await loadEvidence(db, [voter], { thresholds: app.context.config.judging });
  const judgements = judge(readers[0]!.casts, readers[0]!, app.context.config.judging);
  await eraseReader(app.context, 'delivered+1@resend.dev');
  await db.transaction().execute((tx) => storeJudgements(tx, [{ voter, judgements }]));
  expect(await app.listVotes()).toEqual([]);
});

async function countTallies(db: Db): Promise<number> {
  return (await db.selectFrom('tallies').select('tool_slug').execute()).length;
}

test('judging the votes of an issue again writes those that have changed, in any part, and no others', async () => {
  const app = await createSentIssue(3);
  const { db } = app.context;
  for (const reader of [1, 2, 3]) {
    await visitAndVote(app, app.pathOf(reader));
  }
  await judgeAll(app.context, app.id);
  const readVotes = () =>
    sql`select xmin, cmin, voter_key, tool_slug, choice, state, reason, cast_at from votes order by voter_key`.execute(
      db,
    );
  const right = (await readVotes()).rows as Record<string, unknown>[];
  await judgeAll(app.context, app.id);
  expect((await readVotes()).rows).toEqual(right);
  const values = right.map(({ xmin: _, cmin: __, ...value }) => value);
  for (const wrong of [
    { choice: 'skip' },
    { state: 'held', reason: 'too fast' },
    { cast_at: new Date('2026-11-24T15:00:00.001Z') },
  ] as const) {
    await db.updateTable('votes').set(wrong).execute();
    await judgeAll(app.context, app.id);
    expect((await readVotes()).rows).toMatchObject(values);
  }
  // Held for the right reason and no other.
  await db
    .updateTable('casts')
    .set({ hand_at: null, cast_at: sql`rendered_at` })
    .execute();
  await judgeAll(app.context, app.id);
  const held = (await readVotes()).rows as Record<string, unknown>[];
  expect(held[0]).toMatchObject({ state: 'held' });
  await db.updateTable('votes').set({ reason: 'no sign of a person' }).execute();
  await judgeAll(app.context, app.id);
  expect(((await readVotes()).rows as Record<string, unknown>[]).map(({ reason }) => reason)).toEqual(
    held.map(({ reason }) => reason),
  );
});

test('a process with a single connection closes the voting', async () => {
  const app = await createSentIssue(2, 'unknown', { DATABASE_POOL: '1' });
  await visitAndVote(app, app.pathOf(1));
  await closeVoting(app.context, WEEK);
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
});

test('a vote of a reader who is erased while voting closes is not in the result', async () => {
  const app = await createSentIssue(2);
  const { context } = app;
  const { db, installation } = context;
  await visitAndVote(app, app.pathOf(1));
  await visitAndVote(app, app.pathOf(2));
  // Closing has something to write: what was known when they voted made them held.
  await db.updateTable('votes').set({ reason: 'too fast', state: 'held' }).execute();
  const key = voterKey(installation, 1);
  const { closing, erasing } = await db.transaction().execute(async (tx) => {
    await tx.selectFrom('votes').selectAll().where('voter_key', '=', key).forUpdate().execute();
    const closing = closeVoting(context, WEEK);
    await untilWaiting(db);
    const erasing = eraseReader(context, 'delivered+2@resend.dev');
    await untilDoneOrWaiting(db, erasing);
    return { closing, erasing };
  });
  await Promise.all([closing, erasing]);
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
  expect((await loadTallies(db, app.id)).find(({ tool_slug }) => tool_slug === 'harborlight')).toMatchObject({
    ship: 1,
  });
});

test('erasing a reader while the result is frozen leaves votes that agree with it', async () => {
  const app = await createSentIssue(2);
  const { context } = app;
  const { db } = context;
  await visitAndVote(app, app.pathOf(1));
  await visitAndVote(app, app.pathOf(2));
  const { closing, erasing } = await db.transaction().execute(async (tx) => {
    await sql`lock table tallies in share mode`.execute(tx);
    const closing = closeVoting(context, WEEK);
    await untilWaiting(db);
    const erasing = eraseReader(context, 'delivered+1@resend.dev');
    await untilWaiting(db, 2);
    return { closing, erasing };
  });
  await Promise.all([closing, erasing]);
  const [tally] = (await loadTallies(db, app.id)).filter(({ tool_slug }) => tool_slug === 'harborlight');
  await compactVoteCounts(db, context.now());
  const { ship } = await db
    .selectFrom('vote_counts')
    .select(({ fn }) => fn.sum<string>('votes').as('ship'))
    .where('choice', '=', 'ship')
    .executeTakeFirstOrThrow();
  expect({ frozen: tally!.ship, voters: await countVoters(db, app.id), announced: Number(ship) }).toEqual({
    frozen: 2,
    voters: 2,
    announced: 2,
  });
});
