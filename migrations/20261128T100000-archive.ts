import { type Kysely, sql } from 'kysely';

/**
 * What the archive of comparisons lists and searches, one row per public comparison: made from the content and the sent
 * issues, and made again where those have changed. `tool_words`, from which the release before this one searches, stays.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table archive_entries (
      slug text primary key,
      headline text not null,
      question text not null,
      categories text[] not null,
      panels text[] not null,
      published_at timestamptz not null,
      words tsvector not null,
      made_from text not null
    )`.execute(db);
  await sql`create index archive_entries_newest on archive_entries (published_at desc, slug)`.execute(db);
  await sql`create index archive_entries_words on archive_entries using gin (words)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table archive_entries`.execute(db);
}
