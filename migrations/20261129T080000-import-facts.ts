import { type Kysely, sql } from 'kysely';

/** What staff say about an uploaded list as a whole, and what was recognised in it. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    alter table reader_imports
      add column facts jsonb not null default '{}',
      add column found jsonb`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table reader_imports drop column facts, drop column found`.execute(db);
}
