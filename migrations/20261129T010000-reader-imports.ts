import { type Kysely, sql } from 'kysely';

/** Lists of readers that staff uploaded: looked through first, then imported, and deleted soon after. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table reader_imports (
      id bigint generated always as identity primary key,
      created_at timestamptz not null,
      actor text not null,
      file_name text not null,
      bytes bigint not null,
      status text not null check (status in ('checking', 'checked', 'importing', 'done', 'failed')),
      progress real not null default 0,
      added integer,
      unchanged integer,
      refused integer,
      problems jsonb not null default '[]'
    )`.execute(db);
  await sql`
    create table reader_import_chunks (
      import_id bigint not null references reader_imports on delete cascade,
      position integer not null,
      bytes bytea not null,
      primary key (import_id, position)
    )`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table reader_import_chunks, reader_imports`.execute(db);
}
