import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table batches (
      id bigint generated always as identity primary key,
      issue_id integer not null references issues (id),
      number integer not null,
      idempotency_key text not null unique,
      status text not null check (status in ('queued', 'submitting', 'settled', 'unknown', 'cancelled')),
      link_key_id text,
      first_attempt_at timestamptz,
      uncertain_since timestamptz,
      attempts integer not null default 0,
      last_answer text,
      settled_at timestamptz,
      unique (issue_id, number)
    )`.execute(db);
  await sql`
    create table deliveries (
      id bigint generated always as identity primary key,
      issue_id integer not null,
      subscriber_id bigint not null,
      batch_id bigint not null,
      position smallint not null,
      status text not null check (status in ('queued', 'submitting', 'submitted', 'delivered', 'delayed',
        'bounced', 'complained', 'suppressed', 'failed', 'skipped', 'rejected', 'unknown', 'cancelled')),
      reason text,
      email text,
      resend_id uuid,
      queued_at timestamptz not null,
      submitting_at timestamptz,
      submitted_at timestamptz,
      delivered_at timestamptz,
      delayed_at timestamptz,
      bounced_at timestamptz,
      complained_at timestamptz,
      suppressed_at timestamptz,
      failed_at timestamptz,
      skipped_at timestamptz,
      rejected_at timestamptz,
      unknown_at timestamptz,
      cancelled_at timestamptz,
      opened_at timestamptz,
      clicked_at timestamptz,
      unique (issue_id, subscriber_id)
    )`.execute(db);
  await sql`create index deliveries_batch on deliveries (batch_id)`.execute(db);
  await sql`create index deliveries_subscriber on deliveries (subscriber_id)`.execute(db);
  await sql`
    create table webhook_events (
      svix_id text primary key,
      type text not null,
      delivery_id bigint,
      occurred_at timestamptz not null,
      received_at timestamptz not null,
      payload jsonb not null
    )`.execute(db);
  await sql`create index webhook_events_delivery on webhook_events (delivery_id)`.execute(db);
  await sql`
    create table send_rate (
      id smallint primary key default 1 check (id = 1),
      theoretical_arrival_at timestamptz not null default now(),
      calls_per_second real not null
    )`.execute(db);
  await sql`insert into send_rate (calls_per_second) values (10)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table send_rate, webhook_events, deliveries, batches`.execute(db);
}
