import { expect, test } from 'vitest';
import { up } from '../../migrations/20261130T193000-frozen-is-closed.ts';
import { learnMailClasses } from '../../src/votes/learn/learn-mail-classes.ts';
import { closeVoting } from '../../src/votes/close/close.ts';
import { createSentIssue, WEEK } from '../support/sent-issue.ts';
import { visitAndVote } from '../support/visit.ts';

const MINUTE_MS = 60_000;

test.each(['scanned', 'unknown'] as const)(
  'presses at the moment at which a delayed mail arrives at a %s host are a scanner’s, as they are without the delay',
  async (mailClass) => {
    const app = await createSentIssue(30, mailClass);
    const { context, clock } = app;
    clock.now = new Date(clock.now.getTime() + 40 * MINUTE_MS);
    await context.db
      .updateTable('deliveries')
      .set({ status: 'delivered', delivered_at: clock.now })
      .execute();
    for (let reader = 1; reader <= 30; reader++) {
      await visitAndVote(app, app.pathOf(reader), { hand: false, seconds: 1 });
    }
    await learnMailClasses(context);
    expect(await context.db.selectFrom('learned_classes').select('class').execute()).toContainEqual({
      class: 'pressed',
    });
    clock.now = new Date(clock.now.getTime() + 6 * 86_400_000);
    await closeVoting(context, WEEK);
    expect((await app.listVotes()).filter((vote) => vote.endsWith('counted'))).toEqual([]);
  },
);

test('a vote that was called counted at a clean host stays so when the report of the delivery comes after it', async () => {
  const app = await createSentIssue(2, 'clean');
  const { context, clock } = app;
  const sent = clock.now.getTime();
  clock.now = new Date(sent + 120_000);
  await visitAndVote(app, app.pathOf(1), { way: 'automatic', hand: false });
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
  await context.db
    .updateTable('deliveries')
    .set({ status: 'delivered', delivered_at: new Date(sent + 90_000) })
    .execute();
  clock.now = new Date(sent + 6 * 86_400_000);
  await closeVoting(context, WEEK);
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
});

test('a vote cast long before the arrival that is reported was not cast from that mail', async () => {
  const app = await createSentIssue(1, 'unknown');
  const { context, clock } = app;
  const sent = clock.now.getTime();
  clock.now = new Date(sent + 2 * 3_600_000);
  await visitAndVote(app, app.pathOf(1), { hand: false });
  await context.db
    .updateTable('deliveries')
    .set({ status: 'delivered', delivered_at: new Date(sent + 5 * 3_600_000) })
    .execute();
  clock.now = new Date(sent + 6 * 86_400_000);
  await closeVoting(context, WEEK);
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
});

test('a vote soon after a delayed mail was reported as delayed is early as well', async () => {
  const app = await createSentIssue(1, 'unknown');
  const { context, clock } = app;
  clock.now = new Date(clock.now.getTime() + 40 * MINUTE_MS);
  await context.db.updateTable('deliveries').set({ status: 'delayed', delayed_at: clock.now }).execute();
  await visitAndVote(app, app.pathOf(1), { hand: false, seconds: 5 });
  expect(await app.listVotes()).not.toEqual(['harborlight ship counted']);
});

test('the vote of one quick reader of a small domain at a clean host stays counted at the end', async () => {
  const app = await createSentIssue(1, 'clean');
  const { context, clock } = app;
  clock.now = new Date(clock.now.getTime() + 3 * MINUTE_MS);
  await visitAndVote(app, app.pathOf(1), { way: 'automatic', hand: false });
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
  await learnMailClasses(context);
  clock.now = new Date(clock.now.getTime() + 6 * 86_400_000);
  await closeVoting(context, WEEK);
  expect(await app.listVotes()).toEqual(['harborlight ship counted']);
});

test('an issue whose result an earlier version froze is closed', async () => {
  const app = await createSentIssue(1);
  const { db } = app.context;
  await closeVoting(app.context, WEEK);
  const closing = db.selectFrom('issues').select('voting_closed_at');
  const { voting_closed_at } = await closing.executeTakeFirstOrThrow();
  await db.updateTable('issues').set({ voting_closed_at: null }).execute();
  await up(db as never);
  expect(await closing.executeTakeFirst()).toEqual({ voting_closed_at });
});
