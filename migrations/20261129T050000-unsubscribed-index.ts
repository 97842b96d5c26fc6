import { type Kysely, sql } from 'kysely';

/** How many readers left after each issue, without reading all of them. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create index subscribers_unsubscribed on subscribers (unsubscribed_at) where unsubscribed_at is not null`.execute(
    db,
  );
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop index subscribers_unsubscribed`.execute(db);
}
