import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    alter table subscribers
      add asked_times integer not null default 1,
      add reminded_at timestamptz,
      add still_asked_at timestamptz,
      add frequency text not null default 'weekly' check (frequency in ('weekly', 'monthly')),
      add digest_month text`.execute(db);
  await sql`
    create table address_changes (
      id bigint generated always as identity primary key,
      subscriber_id bigint not null references subscribers (id) on delete cascade,
      email text not null,
      requested_at timestamptz not null,
      confirmed_at timestamptz,
      replaced text,
      replaced_hash bytea
    )`.execute(db);
  await sql`create index address_changes_subscriber on address_changes (subscriber_id)`.execute(db);
  await sql`alter table staff_notices add details jsonb not null default '{}'`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table staff_notices drop details`.execute(db);
  await sql`drop table address_changes`.execute(db);
  await sql`alter table subscribers drop asked_times, drop reminded_at, drop still_asked_at,
      drop frequency, drop digest_month`.execute(db);
}
