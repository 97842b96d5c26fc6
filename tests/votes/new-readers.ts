import { judgeCrowds } from '../../src/votes/crowds/judge-crowds.ts';
import { loadTallies } from '../../src/votes/tally/load-tallies.ts';
import { getIssue } from '../../src/issues/record/issue.ts';
import { sendIssue, WEEK } from '../support/sent-issue.ts';
import { createPreparedApp } from '../support/snapshots.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { join, voteAllAndJudge } from '../support/stuffer.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

const ENV = { TRUSTED_PROXIES: '1' };
const BEFORE_THE_DRAFT = '2026-11-20T08:00:00Z';

/** Old readers, each voting from an address of their own. */
export const honestReaders = (count: number, from = 1) =>
  Array.from({ length: count }, (_, index) => ({
    id: from + index,
    source: `81.2.${Math.floor(index / 250)}.${index % 250}`,
  }));

export async function createNewsletter(readers: number): Promise<TestApp> {
  const app = await createTestApp(ENV, BEFORE_THE_DRAFT);
  await seedContent(app.context.db);
  await seedReaders(app.context.db, readers);
  return app;
}

/** Sends the issue, and waits until hours later, when no rule about delivery applies. */
export async function sendAndWait(app: TestApp): Promise<number> {
  app.clock.now = new Date('2026-11-24T14:00:00Z');
  const id = await sendIssue(app);
  await app.context.db.updateTable('deliveries').set({ submitted_at: app.clock.now }).execute();
  app.clock.now = new Date(app.clock.now.getTime() + 3 * 3_600_000);
  return id;
}

/** The sixty readers of `createNewsletter(60)` vote: 42 say Ship, 18 say Skip. */
export async function voteHonestly(app: TestApp, issueId: number): Promise<void> {
  await voteAllAndJudge(app, issueId, honestReaders(42), 'ship');
  await voteAllAndJudge(app, issueId, honestReaders(18, 43), 'skip');
}

export const joinClass = (app: TestApp) =>
  join(
    app,
    Array.from({ length: 12 }, (_, index) => ({ email: `x${index}@college.example`, source: '9.9.9.7' })),
  );

/** After what the job does every ten minutes: on a busy machine, votes are not always judged at once. */
export const harborlightTally = async (app: TestApp, issueId: number) => {
  await judgeCrowds(app.context, issueId);
  return (await loadTallies(app.context.db, issueId)).find(({ tool_slug }) => tool_slug === 'harborlight');
};

/** Of a class of twelve, eleven have voted one way, and are held as a crowd. */
export async function createCrowd() {
  const crowd = Array.from({ length: 12 }, (_, index) => ({ id: 61 + index, source: '9.9.9.7' }));
  const app = await createPreparedApp('crowd', ENV, BEFORE_THE_DRAFT, async (unprepared) => {
    const { db } = unprepared.context;
    await seedContent(db);
    await seedReaders(db, 60);
    await joinClass(unprepared);
    const issueId = await sendAndWait(unprepared);
    await voteHonestly(unprepared, issueId);
    await voteAllAndJudge(unprepared, issueId, crowd.slice(0, 11), 'skip');
  });
  const { id: issueId } = await getIssue(app.context.db, WEEK);
  return { app, issueId, crowd };
}
