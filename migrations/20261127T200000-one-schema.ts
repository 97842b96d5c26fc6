import { type Kysely, sql } from 'kysely';

/**
 * Seven of the migrations before this one were changed after installations may have run them. Whatever they made of a
 * database, this brings it to one and the same schema; where that is the schema already it changes nothing but adds the
 * table in which the hash of every migration is kept from now on.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await addMissingColumns(db);
  await orderKeys(db);
  await makeSearchTables(db);
  await makeLockVoters(db);
  await sql`
    create table migration_hashes (
      name text primary key,
      hash text not null,
      applied_at timestamptz not null default now()
    )`.execute(db);
}

/** What came before cannot be told any more, and needs no undoing. */
export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table migration_hashes`.execute(db);
}

async function addMissingColumns(db: Kysely<never>): Promise<void> {
  await sql`
    alter table subscribers
      add column if not exists asked_times integer not null default 1,
      add column if not exists reminded_at timestamptz,
      add column if not exists still_asked_at timestamptz,
      add column if not exists frequency text not null default 'weekly'
        constraint subscribers_frequency_check check (frequency in ('weekly', 'monthly')),
      add column if not exists digest_month text`.execute(db);
  await sql`
    alter table address_changes
      add column if not exists replaced text,
      add column if not exists replaced_hash bytea`.execute(db);
  // Casts of before it was noted: early is what came in the first hour of an issue, when scanners come.
  await sql`
    do $$ begin
      if not exists (
        select from pg_attribute
        where attrelid = to_regclass('casts') and attname = 'is_early' and not attisdropped
      ) then
        alter table casts add column is_early boolean;
        update casts set is_early = cast_at < coalesce(issues.prepared_at, cast_at) + interval '1 hour'
        from issues where issues.id = casts.issue_id;
        update casts set is_early = false where is_early is null;
        alter table casts alter column is_early set not null;
      end if;
    end $$`.execute(db);
}

async function orderKeys(db: Kysely<never>): Promise<void> {
  await sql`
    do $$ begin
      if pg_get_constraintdef((select oid from pg_constraint where conrelid = to_regclass('votes') and contype = 'p'))
        <> 'PRIMARY KEY (issue_id, voter_key, tool_slug)'
      then
        alter table votes drop constraint votes_pkey, add primary key (issue_id, voter_key, tool_slug);
      end if;
      if pg_get_constraintdef((select oid from pg_constraint where conrelid = to_regclass('casts') and contype = 'p'))
        <> 'PRIMARY KEY (issue_id, voter_key, id)'
      then
        alter table casts drop constraint casts_pkey, add primary key (issue_id, voter_key, id);
      end if;
    end $$`.execute(db);
  await sql`drop index if exists casts_voter`.execute(db);
  await sql`
    alter table votes drop constraint if exists votes_issue_id_fkey`.execute(db);
  await sql`
    alter table casts drop constraint if exists casts_issue_id_fkey`.execute(db);
}

async function makeSearchTables(db: Kysely<never>): Promise<void> {
  // Made again from the tools as soon as somebody searches.
  await sql`
    do $$ begin
      if not exists (
        select from pg_attribute
        where attrelid = to_regclass('tool_words') and attname = 'revision' and not attisdropped
      ) then
        drop table if exists tool_words;
        create table tool_words (tool_slug text primary key, revision bigint not null, words tsvector not null);
      end if;
    end $$`.execute(db);
  await sql`
    create table if not exists share_images (
      issue_id integer not null references issues (id),
      comparison_slug text not null,
      png bytea not null,
      drawn_at timestamptz not null,
      primary key (issue_id, comparison_slug)
    )`.execute(db);
}

/** As `20261127T100000-lock-voters` says, which has had three forms. */
async function makeLockVoters(db: Kysely<never>): Promise<void> {
  await sql`drop function if exists lock_voters(integer[], bytea[], bigint[])`.execute(db);
  await sql`
    create or replace function lock_voters(
      issue_ids integer[], subscriber_ids bigint[], voter_keys bytea[], versions bigint[])
    returns boolean
    language plpgsql set enable_seqscan = off set jit = off as $$
    declare
      issues_found integer[] := array(
        select id from issues where id = any(issue_ids) order by id for key share);
    begin
      perform pg_advisory_xact_lock(key)
      from (
        select distinct hashtextextended(issue_id || ' ' || encode(voter_key, 'base64'), 0) as key
        from unnest(issue_ids, voter_keys) as voter (issue_id, voter_key) order by key
      ) as voter;
      return issue_ids <@ issues_found and not exists (
        select from unnest(issue_ids, subscriber_ids, voter_keys, versions)
          as voter (issue_id, subscriber_id, voter_key, version)
        where version is not null and (
          not exists (select from subscribers where subscribers.id = voter.subscriber_id)
          or exists (select from tallies where tallies.issue_id = voter.issue_id)
          or version <> (
            select coalesce(sum(id + casts.xmin::text::bigint), 0) from casts
            where casts.issue_id = voter.issue_id and casts.voter_key = voter.voter_key)));
    end $$`.execute(db);
}
