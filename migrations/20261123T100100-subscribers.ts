import { randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table installation (
      id smallint primary key default 1 check (id = 1),
      hash_key bytea not null,
      public_url text,
      demo text not null default 'undecided' check (demo in ('undecided', 'loading', 'loaded', 'declined')),
      created_at timestamptz not null default now()
    )`.execute(db);
  await sql`insert into installation (hash_key) values (${randomBytes(32)})`.execute(db);
  await sql`
    create table subscribers (
      id bigint generated always as identity primary key,
      email text not null,
      status text not null check (status in ('pending', 'active', 'unsubscribed', 'suppressed')),
      categories text[] not null default '{}',
      consent_source text not null,
      consent_wording text,
      requested_at timestamptz not null,
      confirmed_at timestamptz,
      paused_until timestamptz,
      unsubscribed_at timestamptz,
      suppressed_at timestamptz,
      suppressed_reason text,
      check (status <> 'active' or confirmed_at is not null),
      check (status <> 'unsubscribed' or unsubscribed_at is not null),
      check (status <> 'suppressed' or (suppressed_at is not null and suppressed_reason is not null))
    )`.execute(db);
  await sql`create unique index subscribers_email on subscribers (lower(email))`.execute(db);
  await sql`create index subscribers_status on subscribers (status)`.execute(db);
  await sql`
    create table suppressions (
      email_hash bytea primary key,
      reason text not null,
      created_at timestamptz not null
    )`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table suppressions, subscribers, installation`.execute(db);
}
