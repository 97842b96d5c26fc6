import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { Judgement } from './judge.ts';
import type { Voter } from '../evidence/evidence.ts';

interface Judged {
  voter: Voter;
  judgements: ReadonlyMap<string, Judgement>;
}

/** Upserts one row per reader and tool if it has changed: the choice, and whether it counts or why it is held. */
export async function storeChangedJudgements(db: Db | Tx, readers: readonly Judged[]): Promise<void> {
  await upsertVotesSql(
    readers,
    sql`not exists (
      select from votes where votes.issue_id = judged.issue_id and votes.voter_key = judged.voter_key
        and votes.tool_slug = judged.tool_slug and votes.choice = judged.choice and votes.state = judged.state
        and votes.reason is not distinct from judged.reason and votes.cast_at = judged.cast_at)
      and exists (
        -- A reader who was erased meanwhile has no casts any more.
        select from casts where casts.issue_id = judged.issue_id and casts.voter_key = judged.voter_key)`,
  ).execute(db);
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
