import { type Kysely, sql } from 'kysely';

// The local stand-in for Resend keeps its own state apart, in its own PostgreSQL schema.
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create schema outbox`.execute(db);
  await sql`
    create table outbox.requests (
      endpoint text not null,
      idempotency_key text not null,
      body_hash text not null,
      response jsonb,
      created_at timestamptz not null,
      primary key (endpoint, idempotency_key)
    )`.execute(db);
  await sql`
    create table outbox.mails (
      id uuid primary key,
      sequence bigint generated always as identity unique,
      from_address text not null,
      to_addresses text[] not null,
      reply_to text[] not null,
      subject text not null,
      html text,
      text text,
      headers jsonb not null,
      tags jsonb not null,
      last_event text not null,
      created_at timestamptz not null
    )`.execute(db);
  await sql`create index mails_to_addresses on outbox.mails using gin (to_addresses)`.execute(db);
  await sql`
    create table outbox.webhooks (
      svix_id text primary key,
      mail_id uuid not null references outbox.mails (id) on delete cascade,
      type text not null,
      payload text not null,
      due_at timestamptz not null,
      attempts integer not null default 0,
      last_status integer,
      delivered_at timestamptz
    )`.execute(db);
  await sql`create index webhooks_due on outbox.webhooks (due_at) where delivered_at is null`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop schema outbox cascade`.execute(db);
}
