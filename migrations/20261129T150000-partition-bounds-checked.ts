import { type Kysely, sql } from 'kysely';

/** Reads both tables while others read and write them. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table deliveries validate constraint deliveries_bound`.execute(db);
  await sql`alter table votes validate constraint votes_bound`.execute(db);
}

export async function down(): Promise<void> {
  // The migration before this one drops the constraints.
}
