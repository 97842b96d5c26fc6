import { type Kysely, sql } from 'kysely';

/** In a copy of a database: the last issue of the original, whose votes are not announced to other systems. Null elsewhere. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table installation add column last_copied_issue_id integer`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table installation drop column last_copied_issue_id`.execute(db);
}
