import { type Kysely, sql } from 'kysely';

/** Pictures of results may have boxes in place of names; they are drawn again when they are asked for. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`delete from share_images`.execute(db);
}

export async function down(): Promise<void> {}
