import { type Kysely, sql } from 'kysely';

// The local stand-in for Resend keeps its own state apart, in its own PostgreSQL schema.
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create schema outbox`.execute(db);
  await sql`
    create table outbox.requests (
      endpoint text not null,
      idempotency_key text not null,
      body_hash text not null,
      response text not null,
      created_at timestamptz not null,
      primary key (endpoint, idempotency_key)
    )`.execute(db);
  await sql`
    create table outbox.mails (
      id uuid primary key,
      sequence bigint generated always as identity unique,
      from_address text not null,
      to_addresses text[] not null,
      cc_addresses text[] not null,
      bcc_addresses text[] not null,
      reply_to text[] not null,
      subject text not null,
      html text,
      text text,
      headers jsonb not null,
      tags jsonb not null,
      last_event text not null,
      created_at timestamptz not null
    )`.execute(db);
  // due_at is null once nothing is left to post: delivered, or given up.
  await sql`
    create table outbox.webhooks (
      svix_id text primary key,
      mail_id uuid not null references outbox.mails (id) on delete cascade,
      position integer not null,
      type text not null,
      payload text not null,
      copies integer not null,
      due_at timestamptz,
      attempts integer not null default 0,
      last_status integer,
      delivered_at timestamptz
    )`.execute(db);
  await sql`create index webhooks_due on outbox.webhooks (due_at, mail_id, position) where due_at is not null`.execute(
    db,
  );
  await sql`create index webhooks_mail_id on outbox.webhooks (mail_id)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop schema outbox cascade`.execute(db);
}
