import { type Kysely, sql } from 'kysely';

/**
 * A delivery is updated when it is claimed and when its response is recorded, within seconds: with room for both versions,
 * an update stays on its page (HOT) and touches no index. Later events find the room that the first version has left. Holds
 * for new pages, and blocks neither reads nor writes.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table deliveries set (fillfactor = 36)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table deliveries set (fillfactor = 80)`.execute(db);
}
