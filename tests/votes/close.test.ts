import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { voterKey } from '../../src/database/installation.ts';
import { lockVoters } from '../../src/votes/cast/store-posts.ts';
import { closeVoting, listOpenIssues } from '../../src/votes/close/close.ts';
import { createSentIssue, WEEK } from '../support/sent-issue.ts';
import { visitAndVote } from '../support/visit.ts';
import { isWaiting } from '../support/is-waiting.ts';

const LATER_WEEK = '2026-W50';

test('while the votes are judged, a late vote is refused at once, and the page says that voting is over', async () => {
  const app = await createSentIssue(3);
  const { db } = app.context;
  await visitAndVote(app, app.pathOf(1));
  // What closing must write is locked here, so that closing lasts.
  await db.updateTable('votes').set({ reason: 'too fast', state: 'held' }).execute();
  const closing = await db.transaction().execute(async (tx) => {
    await tx.selectFrom('votes').select('tool_slug').forUpdate().execute();
    const finished = closeVoting(app.context, WEEK);
    await vi.waitUntil(() => isWaiting(db));
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
    await vi.waitUntil(() => isWaiting(db));
    return { voting, closing: closeVoting(app.context, WEEK) };
  });
  await Promise.all([both.voting, both.closing]);
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
  const tally = db.selectFrom('tallies').select('ship').where('tool_slug', '=', 'harborlight');
  expect(await tally.execute()).toEqual([{ ship: 1 }]);
});

test('closing that was interrupted is continued, and what was late stays uncounted', async () => {
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

async function countTallies(db: Db): Promise<number> {
  return (await db.selectFrom('tallies').select('tool_slug').execute()).length;
}
