import { type Kysely, sql } from 'kysely';

/** Learning finds the few presses since the last time without reading all opened links. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create index link_opens_pressed on link_opens (pressed_at) where pressed_at is not null`.execute(
    db,
  );
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop index link_opens_pressed`.execute(db);
}
