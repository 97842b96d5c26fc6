import { type Kysely, sql } from 'kysely';

/** In the order of those who vote meanwhile. */
const LOCK_ALL = 'lock table issues, casts, votes in access exclusive mode';

/**
 * Votes are judged on evidence that was read before. This locks the readers, shares their issues with other voters
 * (closing needs an issue alone), and says whether the evidence is still what was read: the sum of ids and writing
 * transactions of a reader's casts, which is another one after every change; no reader was erased and no issue closed. A
 * reader whose version is null is only locked. That the issues exist is seen here once for all votes that are written together, not for each row.
 *
 * A function, because each of its statements sees what was committed before it began: the statement that calls it sees
 * what was committed before it had to wait.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create function lock_voters(issue_ids integer[], subscriber_ids bigint[], voter_keys bytea[], versions bigint[])
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
  await sql.raw(LOCK_ALL).execute(db);
  await sql`alter table casts drop constraint casts_issue_id_fkey`.execute(db);
  await sql`alter table votes drop constraint votes_issue_id_fkey`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql.raw(LOCK_ALL).execute(db);
  await sql`alter table votes add foreign key (issue_id) references issues (id)`.execute(db);
  await sql`alter table casts add foreign key (issue_id) references issues (id)`.execute(db);
  await sql`drop function lock_voters`.execute(db);
}
