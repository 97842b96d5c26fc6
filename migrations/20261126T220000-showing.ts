import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  // A reader's votes in one issue lie together: so pages and mails ask for them.
  await sql`
    alter table votes drop constraint votes_pkey, add primary key (issue_id, voter_key, tool_slug)`.execute(
    db,
  );
  await sql`drop index casts_voter`.execute(db);
  await sql`alter table casts drop constraint casts_pkey, add primary key (issue_id, voter_key, id)`.execute(
    db,
  );
  // A tool may be a row of a view, so nothing refers to it.
  await sql`
    create table tool_words (
      tool_slug text primary key,
      revision bigint not null,
      words tsvector not null
    )`.execute(db);
  // Drawn once from a frozen result.
  await sql`
    create table share_images (
      issue_id integer not null references issues (id),
      comparison_slug text not null,
      png bytea not null,
      drawn_at timestamptz not null,
      primary key (issue_id, comparison_slug)
    )`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table share_images, tool_words`.execute(db);
  await sql`alter table casts drop constraint casts_pkey, add primary key (id)`.execute(db);
  await sql`create index casts_voter on casts (issue_id, voter_key)`.execute(db);
  await sql`
    alter table votes drop constraint votes_pkey, add primary key (issue_id, tool_slug, voter_key)`.execute(
    db,
  );
}
