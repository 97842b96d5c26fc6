import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { Judgement } from './judge.ts';
import type { Voter } from '../evidence/evidence.ts';

export interface Judged {
  voter: Voter;
  judgements: ReadonlyMap<string, Judgement>;
}

/**
 * Those judgements that differ from the stored votes: the choice, or whether it counts or why it is held. Most do not:
 * comparing them here costs less than half of what sending them all to PostgreSQL does.
 */
export async function findChangedJudgements(db: Db | Tx, readers: readonly Judged[]): Promise<Judged[]> {
  const stored = await loadVotes(
    db,
    readers.map(({ voter }) => voter),
  );
  return readers.flatMap(({ voter, judgements }, index) => {
    const differing = [...judgements].filter(([tool, judgement]) => {
      const vote = stored[index]?.get(tool);
      return vote === undefined || !isSame(vote, judgement);
    });
    return differing.length > 0 ? [{ voter, judgements: new Map(differing) }] : [];
  });
}

/** Stores one vote per reader and tool, inside a transaction that has locked these readers. */
export async function storeJudgements(tx: Tx, changed: readonly Judged[]): Promise<void> {
  if (changed.length > 0) {
    await upsertVotesSql(
      changed,
      sql`exists (
        -- A reader who was erased meanwhile has no casts any more.
        select from casts where casts.issue_id = judged.issue_id and casts.voter_key = judged.voter_key)`,
    ).execute(tx);
  }
}

/** An array, since column names would make up most of the JSON; the time is in ms since 1970. */
type StoredVote = [
  index: number,
  tool_slug: string,
  choice: string,
  state: string,
  reason: string | null,
  cast_ms: number,
];

/** The stored votes of each voter, by tool. */
async function loadVotes(db: Db | Tx, voters: readonly Voter[]): Promise<ReadonlyMap<string, StoredVote>[]> {
  const { rows } = await sql<{ votes: StoredVote[] | null }>`
    select json_agg(json_build_array(ordinal - 1, tool_slug, choice, state, reason, (date_part('epoch', cast_at) * 1000)::bigint)) as votes
    from unnest(${voters.map(({ issue_id }) => issue_id)}::integer[], ${voters.map(({ voter_key }) => voter_key)}::bytea[])
      with ordinality as voter (issue_id, voter_key, ordinal)
    cross join lateral (
      select tool_slug, choice, state, reason, cast_at from votes
      where votes.issue_id = voter.issue_id and votes.voter_key = voter.voter_key
      offset 0 /* forces an index lookup per reader, whatever the table's statistics say */) as own`.execute(
    db,
  );
  const byVoter = Map.groupBy(rows[0]?.votes ?? [], ([index]) => index);
  return voters.map((_, index) => new Map((byVoter.get(index) ?? []).map((vote) => [vote[1], vote])));
}

function isSame([, , choice, state, reason, cast_ms]: StoredVote, judgement: Judgement): boolean {
  return (
    choice === judgement.choice &&
    state === judgement.state &&
    reason === judgement.reason &&
    cast_ms === judgement.cast_at.getTime()
  );
}

/** The statement alone, for use inside a larger one; `condition` may refer to the row as `judged`. */
export function upsertVotesSql(
  readers: readonly Judged[],
  condition: RawBuilder<boolean>,
): RawBuilder<unknown> {
  const rows = readers.flatMap(({ voter, judgements }) =>
    [...judgements].map(([tool_slug, judgement]) => ({ ...judgement, ...voter, tool_slug })),
  );
  return sql`
    insert into votes (issue_id, voter_key, tool_slug, choice, state, reason, cast_at, changed_at)
    select issue_id, voter_key, tool_slug, choice, state, reason, cast_at, cast_at
    from unnest(${rows.map(({ issue_id }) => issue_id)}::integer[], ${rows.map(({ voter_key }) => voter_key)}::bytea[],
      ${rows.map(({ tool_slug }) => tool_slug)}::text[], ${rows.map(({ choice }) => choice)}::text[],
      ${rows.map(({ state }) => state)}::text[], ${rows.map(({ reason }) => reason)}::text[],
      ${rows.map(({ cast_at }) => cast_at)}::timestamptz[]) as judged (issue_id, voter_key, tool_slug, choice, state, reason, cast_at)
    where ${condition}
    on conflict (issue_id, voter_key, tool_slug) do update
      set choice = excluded.choice, state = excluded.state, reason = excluded.reason, cast_at = excluded.cast_at,
        changed_at = case when (votes.choice, votes.state, votes.reason) is distinct from (excluded.choice, excluded.state, excluded.reason)
          then excluded.changed_at else votes.changed_at end
      where (votes.choice, votes.state, votes.reason, votes.cast_at)
        is distinct from (excluded.choice, excluded.state, excluded.reason, excluded.cast_at)`;
}
