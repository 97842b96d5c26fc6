import { type RawBuilder, sql } from 'kysely';
import { type Db, preparedStatement, type Tx } from '../../database/connect.ts';
import type { Evidence, StoredCast, Voter } from '../evidence/evidence.ts';
import { callWithVoters } from '../evidence/lock-voters.ts';
import type { ReaderUpdate } from './post.ts';
import { upsertVotesSql } from '../judge/store-judgements.ts';

/**
 * Stores new casts, human interactions, early presses of buttons and the new judgements in one statement, all or
 * nothing. Returns false, and stores nothing, if evidence about one of the readers has changed since it was read, or
 * voting has closed.
 */
export async function storePosts(db: Db | Tx, updates: readonly ReaderUpdate[]): Promise<boolean> {
  const added = updates.flatMap(({ voter, evidence: { mail_host }, added: casts }) =>
    casts.map((cast) => ({ ...cast, ...voter, mail_host })),
  );
  const interacted = updates.flatMap(({ voter, interacted: casts }) =>
    casts.map((cast) => ({ ...cast, ...voter })),
  );
  const voters = updates.map(({ voter, evidence: { version } }) => ({ ...voter, version }));
  const { rows } = await sql<{ is_current: boolean }>`
    ${preparedStatement('store-posts')}
    with lock as materialized (select ${callWithVoters('lock_open_voters', voters)} as is_current),
      added as (${insertCastsSql(added)}), touched as (${markInteractionsSql(interacted)}), pressed as (${recordPressesSql(added)}),
      judged as (${upsertVotesSql(updates, IS_CURRENT)})
    select is_current from lock`.execute(db);
  return rows[0]?.is_current ?? false;
}

/** Every part of the statement depends on this, so nothing is written before the readers are locked. */
const IS_CURRENT = sql<boolean>`(select is_current from lock)`;

type Added = StoredCast & Voter & Pick<Evidence, 'mail_host'>;

function insertCastsSql(casts: readonly Added[]): RawBuilder<unknown> {
  const column = <Value>(valueOf: (cast: Added) => Value) => casts.map(valueOf);
  return sql`
    insert into casts (issue_id, voter_key, tool_slug, choice, way, cast_at, rendered_at, hand_at, is_remembered,
      is_new_reader, is_early, source_key, mail_host, origins)
    select issue_id, voter_key, tool_slug, choice, way, cast_at, rendered_at, hand_at, is_remembered, is_new_reader, is_early,
      source_key, mail_host, origins::bigint[]
    from unnest(${column((cast) => cast.issue_id)}::integer[], ${column((cast) => cast.voter_key)}::bytea[],
      ${column((cast) => cast.tool_slug)}::text[], ${column((cast) => cast.choice)}::text[],
      ${column((cast) => cast.way)}::text[], ${column((cast) => cast.cast_at)}::timestamptz[],
      ${column((cast) => cast.rendered_at)}::timestamptz[], ${column((cast) => cast.hand_at)}::timestamptz[],
      ${column((cast) => cast.is_remembered)}::boolean[], ${column((cast) => cast.is_new_reader)}::boolean[],
      ${column((cast) => cast.is_early)}::boolean[],
      ${column((cast) => (cast.source_key ? Buffer.from(cast.source_key, 'hex') : null))}::bytea[],
      ${column((cast) => cast.mail_host)}::text[], ${column(({ origins }) => (origins ? `{${origins.join()}}` : null))}::text[])
      as cast_now (issue_id, voter_key, tool_slug, choice, way, cast_at, rendered_at, hand_at, is_remembered, is_new_reader,
        is_early, source_key, mail_host, origins)
    where ${IS_CURRENT}`;
}

function markInteractionsSql(casts: readonly (StoredCast & Voter)[]): RawBuilder<unknown> {
  const issueIds = casts.map(({ issue_id }) => issue_id);
  const voterKeys = casts.map(({ voter_key }) => voter_key);
  // The conditions with `any` are redundant: they make the planner use the index, whatever its statistics say.
  return sql`
    update casts set hand_at = seen.hand_at
    from unnest(${issueIds}::integer[], ${voterKeys}::bytea[], ${casts.map(({ id }) => id)}::bigint[],
      ${casts.map(({ hand_at }) => hand_at)}::timestamptz[]) as seen (issue_id, voter_key, id, hand_at)
    where ${IS_CURRENT} and casts.issue_id = any(${issueIds}::integer[]) and casts.voter_key = any(${voterKeys}::bytea[])
      and casts.issue_id = seen.issue_id and casts.voter_key = seen.voter_key and casts.id = seen.id`;
}

/**
 * Records votes by button that were cast in the scanning window, in a browser that is not known to be the reader's:
 * where such votes are common, the mail host has scanners that press buttons.
 */
function recordPressesSql(added: readonly Added[]): RawBuilder<unknown> {
  const presses = added.filter(
    ({ way, is_early, is_remembered }) => way !== 'automatic' && is_early && !is_remembered,
  );
  return sql`
    insert into link_opens (issue_id, subscriber_id, tool_slug, choice, opens, first_at, last_at, pressed_at)
    select distinct on (issue_id, subscriber_id, tool_slug, choice) issue_id, subscriber_id, tool_slug, choice, 0, at, at, at
    from unnest(${presses.map(({ issue_id }) => issue_id)}::integer[], ${presses.map(({ subscriber_id }) => subscriber_id)}::bigint[],
      ${presses.map(({ tool_slug }) => tool_slug)}::text[], ${presses.map(({ choice }) => choice)}::text[],
      ${presses.map(({ cast_at }) => cast_at)}::timestamptz[]) as pressed (issue_id, subscriber_id, tool_slug, choice, at)
    where ${IS_CURRENT}
    order by issue_id, subscriber_id, tool_slug, choice
    on conflict (issue_id, subscriber_id, tool_slug, choice)
    do update set pressed_at = coalesce(link_opens.pressed_at, excluded.pressed_at)`;
}
