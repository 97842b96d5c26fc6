import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    alter table subscribers
      add domain text not null generated always as (lower(substring(email from '[^@]*$'))) stored`.execute(
    db,
  );
  await sql`create index subscribers_domain on subscribers (domain)`.execute(db);
  await sql`
    create table mail_domains (
      domain text primary key,
      mail_host text,
      known_class text not null check (known_class in ('clean', 'unknown', 'scanned')),
      looked_up_at timestamptz not null
    )`.execute(db);
  // What readers' own links taught about a domain or about the hosts behind it.
  await sql`
    create table learned_classes (
      scope text not null check (scope in ('domain', 'mail host')),
      name text not null,
      class text not null check (class in ('clean', 'scanned', 'pressed')),
      deliveries real not null,
      swept real not null,
      early real not null,
      voted_early real not null,
      learned_at timestamptz not null,
      primary key (scope, name)
    )`.execute(db);
  // Opens of a delivery's vote links, by GET: they count for nothing but as evidence.
  await sql`
    create table link_opens (
      issue_id integer not null references issues (id),
      subscriber_id bigint not null,
      tool_slug text not null,
      choice text not null check (choice in ('ship', 'skip')),
      opens integer not null,
      first_at timestamptz not null,
      last_at timestamptz not null,
      pressed_at timestamptz,
      primary key (issue_id, subscriber_id, tool_slug, choice)
    )`.execute(db);
  await sql`create index link_opens_last on link_opens (last_at)`.execute(db);
  // Every post of a vote, with what it takes to judge it; forgotten a fortnight after the result is frozen.
  await sql`
    create table casts (
      id bigint generated always as identity primary key,
      issue_id integer not null references issues (id),
      voter_key bytea not null,
      tool_slug text not null,
      choice text not null check (choice in ('ship', 'skip')),
      way text not null check (way in ('automatic', 'button', 'ballot')),
      cast_at timestamptz not null,
      rendered_at timestamptz,
      hand_at timestamptz,
      is_remembered boolean not null,
      is_new_reader boolean not null,
      is_early boolean not null,
      source_key bytea,
      mail_host text,
      decision text check (decision in ('release', 'void'))
    )`.execute(db);
  await sql`create index casts_voter on casts (issue_id, voter_key)`.execute(db);
  await sql`create index casts_source on casts (source_key, voter_key) where source_key is not null`.execute(
    db,
  );
  await sql`
    create table source_salts (
      day date primary key,
      salt bytea not null
    )`.execute(db);
  await sql`
    create table vote_decisions (
      id bigint generated always as identity primary key,
      issue_id integer not null references issues (id),
      decision text not null check (decision in ('release', 'void')),
      reason text,
      tool_slug text,
      mail_host text,
      votes integer not null,
      why text not null,
      decided_by text not null,
      decided_at timestamptz not null
    )`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`
    drop table vote_decisions, source_salts, casts, link_opens, learned_classes, mail_domains`.execute(db);
  await sql`alter table subscribers drop domain`.execute(db);
}
