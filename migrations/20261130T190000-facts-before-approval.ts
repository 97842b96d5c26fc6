import { type Kysely, sql } from 'kysely';

/** What an issue was made from when its approval accepted that facts had changed: a withdrawal brings the changes back. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table issues add column made_from_before jsonb`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table issues drop column made_from_before`.execute(db);
}
