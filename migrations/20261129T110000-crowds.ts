import { type Kysely, sql } from 'kysely';

/**
 * Where readers joined from, and the crowds of new readers of one origin that vote one way. An origin is known by a hash: a
 * network, a mailbox, a domain, a mail host. A cast says which origins its reader was judged by, so that a crowd is found
 * without knowing who voted. A result says how the readers voted who voted on both tools of a comparison. Without foreign
 * keys to readers and issues: taking their locks would keep everybody waiting.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table origins (
      id bigint generated always as identity primary key,
      kind text not null check (kind in ('network', 'mailbox', 'domain', 'mail host', 'disposable')),
      key bytea not null unique,
      readers integer not null
    )`.execute(db);
  await sql`
    create table reader_origins (
      subscriber_id bigint not null,
      origin_id bigint not null references origins,
      joined_at timestamptz not null,
      place integer not null,
      vouched_for_in integer,
      primary key (subscriber_id, origin_id)
    )`.execute(db);
  await sql`create index reader_origins_origin on reader_origins (origin_id, joined_at)`.execute(db);
  await sql`create index reader_origins_joined on reader_origins (joined_at)`.execute(db);
  await sql`
    create table crowds (
      issue_id integer not null,
      name text not null,
      kind text not null,
      facts jsonb not null,
      found_at timestamptz not null,
      decision text check (decision in ('release', 'void')),
      primary key (issue_id, name)
    )`.execute(db);
  await sql`alter table casts add column origins bigint[]`.execute(db);
  await sql`
    create index casts_of_new_readers on casts (issue_id) where is_new_reader or origins is not null`.execute(
    db,
  );
  await sql`alter table vote_decisions add column crowd text`.execute(db);
  await sql`
    alter table tallies add column waiting integer not null default 0, add column paired integer not null default 0,
      add column paired_ship integer not null default 0, add column both_ship integer not null default 0`.execute(
    db,
  );
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table crowds, reader_origins, origins`.execute(db);
  await sql`alter table tallies drop column waiting, drop column paired, drop column paired_ship, drop column both_ship`.execute(
    db,
  );
  await sql`alter table vote_decisions drop column crowd`.execute(db);
  await sql`drop index casts_of_new_readers`.execute(db);
  await sql`alter table casts drop column origins`.execute(db);
}
