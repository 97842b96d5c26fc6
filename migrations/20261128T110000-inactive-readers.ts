import { type Kysely, sql } from 'kysely';

/** The sunset policy finds the few readers it is about without reading all of them. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create index subscribers_still_asked on subscribers (still_asked_at) where still_asked_at is not null`.execute(
    db,
  );
  await sql`
    create index subscribers_inactive on subscribers (greatest(engaged_at, confirmed_at))
    where status = 'active' and still_asked_at is null`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop index subscribers_still_asked, subscribers_inactive`.execute(db);
}
