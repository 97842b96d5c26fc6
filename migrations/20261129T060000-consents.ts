import { type Kysely, sql } from 'kysely';

/**
 * How each reader consented, in full: the form and the way they confirmed, when they were asked by mail, consents that a
 * newer one has replaced, and for 30 days the network addresses. `sign_up_counts` limits how many mails the form can cause.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    alter table subscribers
      add column consent_form text,
      add column confirmation_sent_at timestamptz,
      add column confirmed_by text,
      add column told_at timestamptz`.execute(db);
  await sql`
    create table past_consents (
      id bigint generated always as identity primary key,
      subscriber_id bigint not null references subscribers on delete cascade,
      consent jsonb not null,
      ended_at timestamptz not null
    )`.execute(db);
  await sql`create index past_consents_subscriber on past_consents (subscriber_id)`.execute(db);
  await sql`
    create table consent_sources (
      subscriber_id bigint not null references subscribers on delete cascade,
      event text not null check (event in ('request', 'confirmation')),
      at timestamptz not null,
      address inet not null,
      primary key (subscriber_id, event)
    )`.execute(db);
  await sql`create index consent_sources_at on consent_sources (at)`.execute(db);
  await sql`
    create table sign_up_counts (
      key bytea not null,
      since timestamptz not null,
      requests integer not null,
      primary key (key, since)
    )`.execute(db);
  await sql`create index sign_up_counts_since on sign_up_counts (since)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table sign_up_counts, consent_sources, past_consents`.execute(db);
  await sql`
    alter table subscribers
      drop column consent_form, drop column confirmation_sent_at, drop column confirmed_by, drop column told_at`.execute(
    db,
  );
}
