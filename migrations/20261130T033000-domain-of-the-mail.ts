import { type Kysely, sql } from 'kysely';

/** An issue that went to a reader's previous address was scanned, or not, by that one's mail host: votes on it are judged by it. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table address_changes add column replaced_domain text`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table address_changes drop column replaced_domain`.execute(db);
}
