import { type Kysely, sql } from 'kysely';

/**
 * Tools' own pictures. The bytes are stored under a name made from them and never change, so that a mail shows what was
 * approved; `tool_pictures` says which a tool has. A site may replace `tool_pictures` with a view.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table pictures (
      name text primary key check (name ~ '^[0-9a-f]{32}\\.(png|jpg)$'),
      bytes bytea not null check (length(bytes) <= 100000)
    )`.execute(db);
  await sql`
    create table tool_pictures (
      tool_slug text primary key,
      alt text not null,
      light text not null references pictures,
      dark text references pictures
    )`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table tool_pictures, pictures`.execute(db);
}
