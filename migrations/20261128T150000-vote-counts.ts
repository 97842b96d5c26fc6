import { type Kysely, sql } from 'kysely';

/**
 * The number of votes by tool, choice and state, kept like that of deliveries. `held_votes` are the held ones with the
 * mail host of the reader's first cast, which is known to `casts` only while that is kept. The next migration adds what
 * there was before.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table vote_counts (
      issue_id integer not null,
      tool_slug text not null,
      choice text not null,
      state text not null,
      votes bigint not null,
      primary key (issue_id, tool_slug, choice, state)
    )`.execute(db);
  await sql`
    create table vote_changes (
      issue_id integer not null,
      tool_slug text not null,
      choice text not null,
      state text not null,
      change bigint not null
    )`.execute(db);
  await sql`
    create table held_votes (
      issue_id integer not null,
      voter_key bytea not null,
      tool_slug text not null,
      choice text not null,
      reason text,
      mail_host text,
      primary key (issue_id, voter_key, tool_slug)
    )`.execute(db);
  await sql`
    create index held_votes_group on held_votes (issue_id, reason, tool_slug, mail_host, choice)`.execute(db);
  await sql`
    create function count_vote_changes() returns trigger language plpgsql as $$
    begin
      if tg_op = 'INSERT' then
        insert into vote_changes (issue_id, tool_slug, choice, state, change)
        select issue_id, tool_slug, choice, state, count(*) from new_rows group by issue_id, tool_slug, choice, state;
      elsif tg_op = 'DELETE' then
        insert into vote_changes (issue_id, tool_slug, choice, state, change)
        select issue_id, tool_slug, choice, state, -count(*) from old_rows group by issue_id, tool_slug, choice, state;
      else
        insert into vote_changes (issue_id, tool_slug, choice, state, change)
        select issue_id, tool_slug, choice, state, sum(change) from (
          select issue_id, tool_slug, choice, state, -1 as change from old_rows
          union all select issue_id, tool_slug, choice, state, 1 from new_rows) as moved
        group by issue_id, tool_slug, choice, state having sum(change) <> 0;
      end if;
      if tg_op <> 'INSERT' then
        if exists (select from old_rows where state = 'held') then
          delete from held_votes using old_rows
          where held_votes.issue_id = old_rows.issue_id and held_votes.voter_key = old_rows.voter_key
            and held_votes.tool_slug = old_rows.tool_slug;
        end if;
      end if;
      if tg_op <> 'DELETE' then
        if exists (select from new_rows where state = 'held') then
          insert into held_votes (issue_id, voter_key, tool_slug, choice, reason, mail_host)
          select issue_id, voter_key, tool_slug, choice, reason, (
            select mail_host from casts where casts.issue_id = new_rows.issue_id and casts.voter_key = new_rows.voter_key
            order by id limit 1)
          from new_rows where state = 'held';
        end if;
      end if;
      return null;
    end $$`.execute(db);
  await sql`alter function count_vote_changes set enable_seqscan = off`.execute(db);
  await sql`
    create trigger count_inserted after insert on votes referencing new table as new_rows
    for each statement execute function count_vote_changes()`.execute(db);
  await sql`
    create trigger count_updated after update on votes referencing old table as old_rows new table as new_rows
    for each statement execute function count_vote_changes()`.execute(db);
  await sql`
    create trigger count_deleted after delete on votes referencing old table as old_rows
    for each statement execute function count_vote_changes()`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop trigger count_inserted on votes`.execute(db);
  await sql`drop trigger count_updated on votes`.execute(db);
  await sql`drop trigger count_deleted on votes`.execute(db);
  await sql`drop function count_vote_changes`.execute(db);
  await sql`drop table held_votes, vote_changes, vote_counts`.execute(db);
}
