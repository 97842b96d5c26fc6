import { sql } from 'kysely';
import type { Context } from '../../context.ts';

const SOURCE_DAYS = 14;
/** The rules need sources while voting is open, and after that until the votes are counted. */
const OPEN_SOURCE_DAYS = 60;
const EVIDENCE_DAYS = 14;
const OPENS_DAYS = 90;

/**
 * Deletes expired evidence: sources of casts after 14 days if the result is frozen, after 60 days otherwise; casts 14
 * days after the result is frozen; daily salts after 14 days; replaced domains after 60; opened links, and what was
 * counted of them, after 90.
 */
export async function deleteEvidence({ db, now }: Context): Promise<void> {
  await sql`
    update casts set source_key = null
    where source_key is not null and cast_at < ${daysAgo(now(), SOURCE_DAYS)}
      and (cast_at < ${daysAgo(now(), OPEN_SOURCE_DAYS)} or issue_id in (select issue_id from tallies))`.execute(
    db,
  );
  await sql`delete from source_salts where day < ${daysAgo(now(), SOURCE_DAYS)}::date`.execute(db);
  await sql`
    delete from casts using tallies
    where tallies.issue_id = casts.issue_id and tallies.frozen_at < ${daysAgo(now(), EVIDENCE_DAYS)}`.execute(
    db,
  );
  await sql`
    update address_changes set replaced_domain = null
    where replaced_domain is not null and confirmed_at < ${daysAgo(now(), OPEN_SOURCE_DAYS)}`.execute(db);
  await sql`delete from link_opens where last_at < ${daysAgo(now(), OPENS_DAYS)}`.execute(db);
  await sql`
    delete from counted_openings
    where issue_id in (select id from issues where prepared_at < ${daysAgo(now(), OPENS_DAYS)})`.execute(db);
}

function daysAgo(now: Date, days: number): Date {
  return new Date(now.getTime() - days * 86_400_000);
}
