import { type Kysely, sql } from 'kysely';

/** Counts the votes there were before the counts, as the same step for deliveries does. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    insert into vote_changes (issue_id, tool_slug, choice, state, change)
    select issue_id, tool_slug, choice, state, sum(change) from (
      select issue_id, tool_slug, choice, state, count(*) as change from votes group by issue_id, tool_slug, choice, state
      union all select issue_id, tool_slug, choice, state, -change from vote_changes
      union all select issue_id, tool_slug, choice, state, -votes from vote_counts) as missing
    group by issue_id, tool_slug, choice, state having sum(change) <> 0`.execute(db);
  // Locked, so that none of them changes between being read and being added.
  await sql`
    with held as (select * from votes where state = 'held' for update)
    insert into held_votes (issue_id, voter_key, tool_slug, choice, reason, mail_host)
    select issue_id, voter_key, tool_slug, choice, reason, (
      select mail_host from casts where casts.issue_id = held.issue_id and casts.voter_key = held.voter_key
      order by id limit 1)
    from held on conflict do nothing`.execute(db);
}

export async function down(): Promise<void> {
  // The migration before this one drops the tables.
}
