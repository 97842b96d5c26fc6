import { type Kysely, sql } from 'kysely';

/** A batch that Resend has when its issue is cancelled must not go out later, even if other mails of the issue are sent again by then. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table batches add column cancel_requested_at timestamptz`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table batches drop column cancel_requested_at`.execute(db);
}
