import { type Kysely, sql } from 'kysely';

/**
 * Attempts at letters, for some days. A call that Resend refused may have used up its idempotency key, as for a batch: the next attempt has
 * another one, unless an earlier attempt with this one may have been processed.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table letter_attempts (
      key text primary key,
      attempts integer not null default 1,
      refusals integer not null default 0,
      is_uncertain boolean not null default true,
      began_at timestamptz not null
    )`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table letter_attempts`.execute(db);
}
