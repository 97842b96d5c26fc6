import { type Kysely, sql } from 'kysely';

/** Only adds: the version before this one goes on working beside it. */
export async function up(db: Kysely<never>): Promise<void> {
  await rememberPlace(db);
  await sql`
    alter table issues
      add send_at timestamptz,
      add digest_month text check (digest_month ~ '^[0-9]{4}-[0-9]{2}$')`.execute(db);
  // As digests were cut before: by the day, UTC, on which an issue went out.
  await sql`
    update issues set digest_month = to_char(prepared_at at time zone 'UTC', 'YYYY-MM') where prepared_at is not null`.execute(
    db,
  );
  // How often a batch was given back unsent: its next attempt has another idempotency key.
  await sql`alter table batches add hand_backs smallint not null default 0`.execute(db);
  await addAddressKey(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop index subscribers_address`.execute(db);
  await sql`alter table batches drop hand_backs`.execute(db);
  await sql`alter table issues drop send_at, drop digest_month`.execute(db);
  await sql`alter table installation drop copied_as`.execute(db);
  await sql`drop table installation_place`.execute(db);
}

/**
 * Where this installation's database is, as the server told it: whatever restores or copies the database writes the row
 * anew, in a table anew, in another database or on another timeline. Never updated but by who stamps it.
 */
async function rememberPlace(db: Kysely<never>): Promise<void> {
  await sql`
    create table installation_place (
      id smallint primary key default 1 check (id = 1),
      system_identifier text,
      timeline text,
      database_id bigint not null,
      table_id bigint not null,
      written_by xid8 not null,
      generation integer not null,
      doubt text,
      stamped_at timestamptz not null
    )`.execute(db);
  // A copy that became an installation of its own; what it shares with the first one is not enough to know it by.
  await sql`alter table installation add copied_as text`.execute(db);
}

/**
 * One language for all: how `lower` folds by default is up to the database's locale, where I may be no i. Of two rows
 * that were two addresses by that locale and are one now, the one that says no wins; then who came first.
 */
async function addAddressKey(db: Kysely<never>): Promise<void> {
  await sql`
    delete from subscribers using (
      select id, row_number() over (
        partition by lower(email collate "C")
        order by array_position(array['suppressed', 'unsubscribed', 'active', 'pending'], status), id) as place
      from subscribers
    ) as ranked
    where subscribers.id = ranked.id and place > 1`.execute(db);
  // Beside `subscribers_email`, which the version before this one asks by.
  await sql`create unique index subscribers_address on subscribers (lower(email collate "C"))`.execute(db);
}
