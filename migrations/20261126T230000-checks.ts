import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table issues add approved_despite text`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table issues drop approved_despite`.execute(db);
}
