import { sql } from 'kysely';
import { expect, test, vi } from 'vitest';
import { isWaiting } from '../support/is-waiting.ts';
import { closeVoting } from '../../src/votes/close/close.ts';
import { decideVotes } from '../../src/votes/moderate/decide-votes.ts';
import { UNKNOWN_HOST } from '../../src/votes/moderate/vote-group.ts';
import { runCommand } from '../support/run-command.ts';
import { createSentIssue, WEEK } from '../support/sent-issue.ts';
import { visitAndVote } from '../support/visit.ts';

const PAGE = `/studio/issues/${WEEK}`;
const TOO_FAST = { reason: 'too fast', why: 'the page was slow that day', by: 'ann' };

/** Readers 1 to 3 voted too fast, the fourth at a normal speed. */
async function createHeld() {
  const app = await createSentIssue(4);
  for (const reader of [1, 2, 3]) {
    await visitAndVote(app, app.pathOf(reader), { seconds: 0.2 });
  }
  await visitAndVote(app, app.pathOf(4, 'harborlight', 'skip'));
  return app;
}

test('staff can release or void groups of votes, and each decision is recorded with who and why', async () => {
  const app = await createHeld();
  expect(await decideVotes(app.context, WEEK, { decision: 'release', ...TOO_FAST })).toBe(3);
  expect(await app.listVotes()).toEqual([
    ...Array.from({ length: 3 }, () => 'harborlight ship counted'),
    'harborlight skip counted',
  ]);
  const ofHost = { mail_host: 'mail.example', why: 'a script', by: 'bo' };
  expect(await decideVotes(app.context, WEEK, { decision: 'void', ...ofHost })).toBe(4);
  await closeVoting(app.context, WEEK);
  expect((await app.listVotes()).every((vote) => vote.endsWith('voided by staff'))).toBe(true);
  const decisions = await app.context.db
    .selectFrom('vote_decisions')
    .select(['decision', 'reason', 'mail_host', 'votes', 'why', 'decided_by'])
    .orderBy('id')
    .execute();
  expect(decisions).toEqual([
    {
      decision: 'release',
      reason: 'too fast',
      mail_host: null,
      votes: 3,
      why: TOO_FAST.why,
      decided_by: 'ann',
    },
    {
      decision: 'void',
      reason: null,
      mail_host: 'mail.example',
      votes: 4,
      why: 'a script',
      decided_by: 'bo',
    },
  ]);
});

test('a held vote that its reader changed meanwhile is released with its current choice', async () => {
  const app = await createSentIssue(1);
  await visitAndVote(app, app.pathOf(1), { seconds: 0.2 });
  app.clock.now = new Date(app.clock.now.getTime() + 30_000);
  await visitAndVote(app, app.pathOf(1, 'harborlight', 'skip'), { seconds: 0.2 });
  const [held = ''] = await app.listVotes();
  expect(held).toMatch(/^harborlight skip (?!counted)/);
  const reason = held.replace('harborlight skip ', '');
  expect(await decideVotes(app.context, WEEK, { ...TOO_FAST, decision: 'release', reason })).toBe(1);
  expect(await app.listVotes()).toEqual(['harborlight skip counted']);
});

test('a decision that had to wait until voting was closed decides nothing', async () => {
  const app = await createHeld();
  const { db } = app.context;
  const { decided } = await db.transaction().execute(async (tx) => {
    await tx.selectFrom('issues').select('id').forUpdate().execute();
    const deciding = decideVotes(app.context, WEEK, { decision: 'release', ...TOO_FAST }).catch(
      (error: Error) => error.message,
    );
    await vi.waitUntil(() => isWaiting(db));
    await tx.updateTable('issues').set({ voting_closed_at: app.clock.now }).execute();
    return { decided: deciding };
  });
  expect(await decided).toContain('is closed');
});

test('the number of votes that staff saw is compared with the list, although more may match by mail host', async () => {
  const app = await createHeld();
  const { db } = app.context;
  await db
    .updateTable('held_votes')
    .set({ mail_host: null })
    .where('tool_slug', '=', 'harborlight')
    .execute();
  await db.updateTable('casts').set({ mail_host: 'mail.example' }).execute();
  const group = { ...TOO_FAST, tool_slug: 'harborlight', mail_host: 'mail.example' };
  expect(await decideVotes(app.context, WEEK, { decision: 'release', seen: 0, ...group })).toBe(3);
});

test('nothing is decided if more votes match than staff saw', async () => {
  const app = await createHeld();
  const decide = (seen: number) => decideVotes(app.context, WEEK, { decision: 'release', seen, ...TOO_FAST });
  await expect(decide(2)).rejects.toThrow('3 votes of 2026-W48 match now, not the 2 that you saw');
  expect(await decide(3)).toBe(3);
});

test('a decision needs a selection, an explanation, at least one vote and open voting', async () => {
  const app = await createHeld();
  const decide = (changes: object) =>
    decideVotes(app.context, WEEK, { decision: 'release', ...TOO_FAST, ...changes });
  await expect(decide({ reason: undefined })).rejects.toThrow('Specify which votes');
  await expect(decide({ why: ' ' })).rejects.toThrow('Say why');
  await expect(decide({ reason: 'one source' })).rejects.toThrow('No votes of 2026-W48 match');
  await closeVoting(app.context, WEEK);
  await expect(decide({})).rejects.toThrow('Voting on 2026-W48 is closed');
  expect(await app.context.db.selectFrom('vote_decisions').selectAll().execute()).toEqual([]);
});

test('the group of unknown mail hosts contains only those, and votes that staff set aside are no longer a task', async () => {
  const app = await createHeld();
  const { db } = app.context;
  // As for a reader whose mail servers could not be looked up.
  await sql`update casts set mail_host = null where id = (select min(id) from casts)`.execute(db);
  await sql`
    update held_votes set mail_host = null
    where voter_key = (select voter_key from casts where mail_host is null)`.execute(db);
  const held = async () => (await app.listVotes()).filter((vote) => vote.includes('too fast')).length;
  const before = await held();
  expect(await (await app.request(`/studio/issues/${WEEK}`)).text()).toContain(
    'name="mail_host" value="unknown"',
  );
  expect(
    await decideVotes(app.context, WEEK, { decision: 'void', ...TOO_FAST, mail_host: UNKNOWN_HOST }),
  ).toBe(1);
  expect(await held()).toBe(before - 1);
  const tasks = async () =>
    /(\d+) votes? on issue 1 (?:is|are) held/.exec(await (await app.request('/studio')).text())?.[1];
  const waiting = Number(await tasks());
  await decideVotes(app.context, WEEK, { decision: 'void', ...TOO_FAST });
  expect(Number((await tasks()) ?? 0)).toBe(waiting - before + 1);
});

test('the studio lists held votes with their reasons, and can release them', async () => {
  const app = await createHeld();
  const page = await (await app.request(PAGE)).text();
  expect(page).toContain('<strong>too fast</strong>: harborlight, 3 ship, 0 skip');
  const fields = { reason: 'too fast', tool: 'harborlight', mail_host: 'mail.example', why: 'slow page' };
  expect((await app.post(`${PAGE}/release-votes`, { ...fields, why: '' })).status).toBe(400);
  expect((await app.post(`${PAGE}/release-votes`, fields)).status).toBe(303);
  expect(await app.listVotes()).toContain('harborlight ship counted');
  // Only the list of what was done still names it.
  const [before] = (await (await app.request(PAGE)).text()).split('id="history"');
  expect(before).not.toContain('too fast');
});

test('the command line lists held votes and decides about them', async () => {
  const app = await createHeld();
  const { connectionString = '' } = app.context.pool.options as { connectionString?: string };
  const env = { DATABASE_URL: connectionString };
  const held = await runCommand(['votes', 'held', WEEK], env);
  expect(held.stdout.trim().split(/ {2,}/)).toEqual([
    'too fast',
    'harborlight',
    'mail.example',
    'unknown',
    '3 ship',
    '0 skip',
  ]);
  expect(await runCommand(['votes', 'void', WEEK, '--reason', 'too fast'], env)).toMatchObject({ code: 2 });
  const decided = await runCommand(
    ['votes', 'release', WEEK, '--reason', 'too fast', '--why', 'slow page', '--by', 'ann', '--json'],
    env,
  );
  expect(JSON.parse(decided.stdout)).toEqual({ week: WEEK, decision: 'release', votes: 3 });
  expect((await runCommand(['votes', 'held', WEEK], env)).stdout).toContain('No vote on 2026-W48 is held.');
});
