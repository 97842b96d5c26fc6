import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { Evidence, StoredCast, Voter } from './load-evidence.ts';
import type { OpenReader } from './write-posts.ts';

/** New casts, and the signs of people and presses of buttons that came with them. */
export async function storeCasts(tx: Tx, readers: readonly OpenReader[]): Promise<void> {
  await insertCasts(
    tx,
    readers.flatMap(({ voter, evidence: { mail_host }, added }) =>
      added.map((cast) => ({ ...cast, ...voter, mail_host })),
    ),
  );
  await addHands(
    tx,
    readers.flatMap(({ touched }) => [...touched]),
  );
  await notePresses(tx, readers);
}

async function addHands(tx: Tx, casts: readonly StoredCast[]): Promise<void> {
  if (casts.length > 0) {
    await sql`
      update casts set hand_at = touched.hand_at
      from unnest(${casts.map(({ id }) => id)}::bigint[], ${casts.map(({ hand_at }) => hand_at)}::timestamptz[])
        as touched (id, hand_at)
      where casts.id = touched.id`.execute(tx);
  }
}

async function insertCasts(
  tx: Tx,
  casts: readonly (StoredCast & Voter & Pick<Evidence, 'mail_host'>)[],
): Promise<void> {
  if (casts.length === 0) {
    return;
  }
  const column = <Value>(valueOf: (cast: (typeof casts)[number]) => Value) => casts.map(valueOf);
  await sql`
    insert into casts (issue_id, voter_key, tool_slug, choice, way, cast_at, rendered_at, hand_at, is_remembered,
      is_new_reader, is_early, source_key, mail_host)
    select * from unnest(${column((cast) => cast.issue_id)}::integer[], ${column((cast) => cast.voter_key)}::bytea[],
      ${column((cast) => cast.tool_slug)}::text[], ${column((cast) => cast.choice)}::text[],
      ${column((cast) => cast.way)}::text[], ${column((cast) => cast.cast_at)}::timestamptz[],
      ${column((cast) => cast.rendered_at)}::timestamptz[], ${column((cast) => cast.hand_at)}::timestamptz[],
      ${column((cast) => cast.is_remembered)}::boolean[], ${column((cast) => cast.is_new_reader)}::boolean[],
      ${column((cast) => cast.is_early)}::boolean[],
      ${column((cast) => (cast.source_key ? Buffer.from(cast.source_key, 'hex') : null))}::bytea[],
      ${column((cast) => cast.mail_host)}::text[])`.execute(tx);
}

/** By button while scanners are about: where that is common, scanners press. */
async function notePresses(tx: Tx, readers: readonly OpenReader[]): Promise<void> {
  const presses = readers.flatMap(({ voter, added }) =>
    added
      .filter(({ way, is_early, is_remembered }) => way !== 'automatic' && is_early && !is_remembered)
      .map((cast) => ({ ...cast, ...voter })),
  );
  if (presses.length > 0) {
    await sql`
      insert into link_opens (issue_id, subscriber_id, tool_slug, choice, opens, first_at, last_at, pressed_at)
      select distinct on (issue_id, subscriber_id, tool_slug, choice) issue_id, subscriber_id, tool_slug, choice, 0, at, at, at
      from unnest(${presses.map(({ issue_id }) => issue_id)}::integer[], ${presses.map(({ subscriber_id }) => subscriber_id)}::bigint[],
        ${presses.map(({ tool_slug }) => tool_slug)}::text[], ${presses.map(({ choice }) => choice)}::text[],
        ${presses.map(({ cast_at }) => cast_at)}::timestamptz[]) as pressed (issue_id, subscriber_id, tool_slug, choice, at)
      order by issue_id, subscriber_id, tool_slug, choice
      on conflict (issue_id, subscriber_id, tool_slug, choice)
      do update set pressed_at = coalesce(link_opens.pressed_at, excluded.pressed_at)`.execute(tx);
  }
}
