import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table votes (
      issue_id integer not null references issues (id),
      tool_slug text not null,
      voter_key bytea not null,
      choice text not null check (choice in ('ship', 'skip')),
      state text not null check (state in ('counted', 'held')),
      reason text,
      cast_at timestamptz not null,
      changed_at timestamptz not null,
      primary key (issue_id, tool_slug, voter_key)
    )`.execute(db);
  await sql`
    create table tallies (
      issue_id integer not null references issues (id),
      tool_slug text not null,
      ship integer not null,
      skip integer not null,
      held integer not null,
      frozen_at timestamptz not null,
      primary key (issue_id, tool_slug)
    )`.execute(db);
  await sql`create index tallies_tool on tallies (tool_slug)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table tallies, votes`.execute(db);
}
