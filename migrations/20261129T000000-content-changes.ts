import { type Kysely, sql } from 'kysely';

/** What was imported or edited of the content, and what it replaced, for the history of each fact. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table content_changes (
      id bigint generated always as identity primary key,
      at timestamptz not null,
      actor text not null,
      via text not null,
      kind text not null check (kind in ('reviewers', 'tools', 'comparisons')),
      slug text not null,
      before jsonb,
      after jsonb not null
    )`.execute(db);
  await sql`create index content_changes_slug on content_changes (kind, slug, id desc)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table content_changes`.execute(db);
}
