import { type Kysely, sql } from 'kysely';

/**
 * When each held vote was cast, so that how many came in which hour needs none of the other votes. Null for those that were held
 * before this.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table held_votes add column cast_at timestamptz`.execute(db);
  await replaceFunction(db, ', cast_at');
}

export async function down(db: Kysely<never>): Promise<void> {
  await replaceFunction(db, '');
  await sql`alter table held_votes drop column cast_at`.execute(db);
}

/** `more`: further columns that `held_votes` takes from `votes`. */
async function replaceFunction(db: Kysely<never>, more: string): Promise<void> {
  await sql`
    create or replace function count_vote_changes() returns trigger language plpgsql set enable_seqscan = off as $$
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
          insert into held_votes (issue_id, voter_key, tool_slug, choice, reason${sql.raw(more)}, mail_host)
          select issue_id, voter_key, tool_slug, choice, reason${sql.raw(more)}, (
            select mail_host from casts where casts.issue_id = new_rows.issue_id and casts.voter_key = new_rows.voter_key
            order by id limit 1)
          from new_rows where state = 'held';
        end if;
      end if;
      return null;
    end $$`.execute(db);
}
