import { type Kysely, sql } from 'kysely';

/**
 * Voting closes at one moment, and its votes are judged again after that: until they are counted, which takes seconds for
 * hundreds of thousands, nobody waits. `lock_voters`, which knows only of counted issues, stays for the release before
 * this one: a vote that it takes meanwhile is counted.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table issues add voting_closed_at timestamptz`.execute(db);
  await sql`
    create function lock_open_voters(issue_ids integer[], subscriber_ids bigint[], voter_keys bytea[], versions bigint[])
    returns boolean
    language plpgsql set enable_seqscan = off set jit = off as $$
    declare
      is_current boolean := lock_voters(issue_ids, subscriber_ids, voter_keys, versions);
    begin
      -- A statement of its own: it sees what was committed while the one before had to wait.
      return is_current and not exists (
        select from issues where id = any(issue_ids) and voting_closed_at is not null);
    end $$`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop function lock_open_voters`.execute(db);
  await sql`alter table issues drop voting_closed_at`.execute(db);
}
