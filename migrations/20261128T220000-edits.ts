import { type Kysely, sql } from 'kysely';

/** What staff wrote in an issue in place of what was generated, by field, so that it survives a redraft and can be taken back. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table issues add edits jsonb not null default '{}'`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table issues drop edits`.execute(db);
}
