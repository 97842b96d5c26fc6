import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { judgeCrowds } from '../../src/votes/crowds/judge-crowds.ts';
import { createSentIssue } from '../support/sent-issue.ts';

interface Voter {
  key: number;
  choice: 'ship' | 'skip';
  /** Of a new reader: where they joined from; null for an old reader. */
  origins: number[] | null;
  /** Where the vote came from. */
  source: number;
}

const mostlyShip = fc
  .integer({ min: 1, max: 9 })
  .map((luck) => (luck === 1 ? ('skip' as const) : ('ship' as const)));
const mostlySkip = mostlyShip.map((choice) => (choice === 'ship' ? ('skip' as const) : ('ship' as const)));
/** Old readers who share networks with each other and with the stuffer's readers. */
const anyOld = fc.record({ choice: mostlyShip, source: fc.integer({ min: 1, max: 3 }) });
const anyNew = fc.record({
  choice: mostlySkip,
  source: fc.integer({ min: 1, max: 3 }),
  origins: fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 }),
});

const anyVoters = fc
  .record({
    old: fc.array(anyOld, { minLength: 20, maxLength: 40 }),
    fresh: fc.array(anyNew, { minLength: 15, maxLength: 40 }),
  })
  .map(({ old, fresh }): Voter[] => [
    ...old.map((voter, key) => ({ ...voter, key, origins: null })),
    ...fresh.map((voter, index) => ({ ...voter, key: 1_000 + index })),
  ]);

async function addVoters({ db }: Context, issueId: number, voters: readonly Voter[]): Promise<void> {
  for (const { key, choice, origins, source } of voters) {
    const voterKey = Buffer.from(String(key).padStart(32, '0'));
    await sql`
      insert into casts (issue_id, voter_key, tool_slug, choice, way, cast_at, is_remembered, is_new_reader, is_early, source_key, origins)
      values (${issueId}, ${voterKey}, 'harborlight', ${choice}, 'button', now(), false, ${origins !== null}, false,
        ${Buffer.from([source])}, ${origins ? `{${origins.join()}}` : null}::bigint[])`.execute(db);
    await sql`
      insert into votes (issue_id, voter_key, tool_slug, choice, state, cast_at, changed_at)
      values (${issueId}, ${voterKey}, 'harborlight', ${choice}, 'counted', now(), now())`.execute(db);
  }
}

async function clear({ db }: Context): Promise<void> {
  await sql`delete from casts`.execute(db);
  await sql`delete from votes`.execute(db);
  await sql`delete from crowds`.execute(db);
}

async function statesOf({ db }: Context): Promise<string[]> {
  const rows = await db.selectFrom('votes').select(['voter_key', 'state']).orderBy('voter_key').execute();
  return rows.map(({ voter_key, state }) => `${Number(voter_key.toString())} ${state}`);
}

test('whatever accounts a stuffer adds, no old reader’s vote goes from counted to held', async () => {
  const { context, id } = await createSentIssue(1);
  await fc.assert(
    fc.asyncProperty(anyVoters, async (voters) => {
      await clear(context);
      await addVoters(
        context,
        id,
        voters.filter(({ origins }) => origins === null),
      );
      await judgeCrowds(context, id);
      await addVoters(
        context,
        id,
        voters.filter(({ origins }) => origins !== null),
      );
      await judgeCrowds(context, id);
      const states = await statesOf(context);
      expect(states.filter((state) => Number.parseInt(state, 10) < 1_000 && state.endsWith('held'))).toEqual(
        [],
      );
    }),
    { numRuns: 15 },
  );
});

test('which votes are held as a crowd’s does not depend on the order of the votes, or on how often they were judged', async () => {
  const { context, id } = await createSentIssue(1);
  let held = 0;
  await fc.assert(
    fc.asyncProperty(anyVoters, fc.integer({ min: 1, max: 9 }), async (voters, step) => {
      await clear(context);
      await addVoters(context, id, voters);
      await judgeCrowds(context, id);
      const atOnce = await statesOf(context);
      await clear(context);
      const shuffled = voters.toSorted((a, b) => ((a.key * 7) % 11) - ((b.key * 7) % 11));
      for (let first = 0; first < shuffled.length; first += step) {
        await addVoters(context, id, shuffled.slice(first, first + step));
        await judgeCrowds(context, id);
      }
      expect(await statesOf(context)).toEqual(atOnce);
      held += atOnce.filter((state) => state.endsWith('held')).length;
    }),
    { numRuns: 15 },
  );
  expect(held).toBeGreaterThan(0);
}, 60_000);
