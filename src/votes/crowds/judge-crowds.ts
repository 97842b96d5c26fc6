import { sql } from 'kysely';
import { createBatcher } from '../../concurrency/batcher.ts';
import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import type { CrowdFacts } from '../../database/schema.ts';
import { findCrowds } from './_find-crowds.ts';
import { loadCrowdVotes } from './_load-crowd-votes.ts';
import { membersOf, ORIGIN_ID } from './members.ts';
import { reportCrowds, reportNewcomers } from './_report-crowds.ts';

/**
 * If judging takes longer than this, it is not repeated until ten times as long has passed; the job that runs every ten
 * minutes does the rest.
 */
const SLOW_MS = 100;
const PAUSE_FACTOR = 10;

const lastRuns = new WeakMap<Context, Map<number, { took_ms: number; ended_at: number }>>();

/**
 * As `judgeCrowds`, right after a vote that may be a crowd's; votes that are cast at the same time are judged together.
 */
export const judgeCrowdsAfterVote = createBatcher<Context, number, void>(
  async (context, issueIds) => {
    const runs = lastRuns.get(context) ?? new Map<number, { took_ms: number; ended_at: number }>();
    lastRuns.set(context, runs);
    for (const id of new Set(issueIds)) {
      const last = runs.get(id);
      const start = performance.now();
      if (!last || last.took_ms < SLOW_MS || start - last.ended_at > PAUSE_FACTOR * last.took_ms) {
        await judgeCrowds(context, id);
        runs.set(id, { took_ms: performance.now() - start, ended_at: performance.now() });
      }
    }
    return issueIds.map(() => undefined);
  },
  { maxItems: 1_000 },
);

/**
 * Finds the crowds among an issue's voters, holds their votes, and lets votes count again whose readers are no longer
 * in any crowd. Staff are told of new crowds. The result depends on the votes alone, not on the order in which they
 * came or on what was found before.
 */
export async function judgeCrowds(context: Context, issueId: number): Promise<void> {
  const { config, db, now } = context;
  const loaded = await loadCrowdVotes(db, issueId, config.judging.crowd_readers);
  const found = findCrowds(loaded.votes, loaded.others, config.judging);
  const stored = await db
    .selectFrom('crowds')
    .select(['name', 'decision'])
    .where('issue_id', '=', issueId)
    .execute();
  const names = new Set(stored.map(({ name }) => name));
  const isSame =
    [...found.keys()].every((name) => names.has(name)) &&
    stored.every(({ name, decision }) => decision !== null || found.has(name));
  if (isSame) {
    // Otherwise the votes of a crowd that is found now still count.
    await reportNewcomers(context, issueId, loaded);
  }
  if (isSame && (names.size === 0 || (await countMisjudged(db, issueId)) === 0)) {
    await storeCrowds(db, issueId, found, now());
  } else {
    await db.transaction().execute((tx) => changeCrowds(context, tx, issueId));
  }
}

/**
 * Runs while no votes can be written, like a decision of staff, and so finds the crowds again from the votes as they
 * are now.
 */
async function changeCrowds(context: Context, tx: Tx, issueId: number): Promise<void> {
  const { judging } = context.config;
  await tx.selectFrom('issues').select('id').where('id', '=', issueId).forUpdate().executeTakeFirstOrThrow();
  // In a statement of its own, so that it sees what was committed while the one before it was waiting.
  const frozen = await tx
    .selectFrom('tallies')
    .select('issue_id')
    .where('issue_id', '=', issueId)
    .limit(1)
    .executeTakeFirst();
  if (frozen) {
    return;
  }
  const { votes, others } = await loadCrowdVotes(tx, issueId, judging.crowd_readers);
  const added = await storeCrowds(tx, issueId, findCrowds(votes, others, judging), context.now());
  await applyCrowds(tx, issueId);
  if (added.length > 0) {
    await reportCrowds(context, tx, issueId, added);
  }
}

/** Stores the crowds, and deletes undecided ones that were not found; returns the names of those that are new. */
async function storeCrowds(
  db: Db | Tx,
  issueId: number,
  found: ReadonlyMap<string, CrowdFacts>,
  now: Date,
): Promise<string[]> {
  const names = [...found.keys()].toSorted();
  await sql`
    delete from crowds
    where issue_id = ${issueId} and decision is null and name <> all(${names}::text[])`.execute(db);
  const facts = names.map((name) => JSON.stringify(found.get(name)));
  const { rows } = await sql<{ name: string; is_added: boolean }>`
    insert into crowds (issue_id, name, kind, facts, found_at)
    select ${issueId}, name, coalesce((select kind from origins where id = ${ORIGIN_ID}), 'source'), facts::jsonb, ${now}
    from unnest(${names}::text[], ${facts}::text[]) as found (name, facts)
    on conflict (issue_id, name) do update set facts = excluded.facts
    returning name, xmax = 0 as is_added`.execute(db);
  return rows.filter(({ is_added }) => is_added).map(({ name }) => name);
}

/**
 * `held`: the voters whose votes are held because of their crowds, and for which reason. `wrong`: counted votes of
 * these voters, and votes held as `one origin` whose voters are no longer in a crowd, are in a released one, or are in
 * one that staff voided.
 */
const withMisjudged = (issueId: number) => sql`
  with held as materialized (
    select voter_key, case when bool_or(decision = 'void') then 'voided by staff' else 'one origin' end as reason
    from ${membersOf(issueId)} as member
    join crowds using (name) where crowds.issue_id = ${issueId}
    group by voter_key having not bool_or(coalesce(decision = 'release', false))
  ), wrong as (
    select voter_key, tool_slug, 'held' as right_state, reason as right_reason
    from held cross join lateral (
      select tool_slug from votes
      where votes.issue_id = ${issueId} and votes.voter_key = held.voter_key and state = 'counted' offset 0) as counted
    union all
    select held_votes.voter_key, tool_slug, case when held.voter_key is null then 'counted' else 'held' end, held.reason
    from held_votes left join held on held.voter_key = held_votes.voter_key
    where issue_id = ${issueId} and held_votes.reason = 'one origin' and held.reason is distinct from 'one origin'
  )`;

async function countMisjudged(db: Db, issueId: number): Promise<number> {
  const { rows } = await sql<{ votes: number }>`
    ${withMisjudged(issueId)} select count(*) as votes from wrong`.execute(db);
  return rows[0]?.votes ?? 0;
}

/**
 * Holds the votes of readers in crowds, unless one of their crowds is released; votes that no crowd holds any more
 * count again.
 */
async function applyCrowds(tx: Tx, issueId: number): Promise<void> {
  await sql`
    ${withMisjudged(issueId)}
    update votes set state = right_state, reason = right_reason
    from wrong
    where votes.issue_id = ${issueId} and votes.voter_key = wrong.voter_key and votes.tool_slug = wrong.tool_slug`.execute(
    tx,
  );
}
