import { type Kysely, sql } from 'kysely';

/**
 * What mail classes are learned from, summed up by issue, domain and day as it happens: `is_counted` batches and the
 * readers in `counted_openings` are part of the sums. `learning` says up to when, and with which settings.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table batches add is_counted boolean not null default false`.execute(db);
  await sql`
    create index batches_uncounted on batches (settled_at) where status = 'settled' and not is_counted`.execute(
    db,
  );
  await sql`
    create table mail_class_figures (
      issue_id integer not null,
      domain text not null,
      day date not null,
      deliveries integer not null default 0,
      swept integer not null default 0,
      early integer not null default 0,
      voted_early integer not null default 0,
      primary key (issue_id, domain, day)
    )`.execute(db);
  await sql`
    create table counted_openings (
      subscriber_id bigint not null,
      issue_id integer not null,
      is_swept boolean not null,
      is_early boolean not null,
      is_voted_early boolean not null,
      primary key (subscriber_id, issue_id)
    )`.execute(db);
  await sql`
    create table learning (
      id integer primary key default 1 check (id = 1),
      settings text not null,
      learned_at timestamptz not null
    )`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table learning, counted_openings, mail_class_figures`.execute(db);
  await sql`drop index batches_uncounted`.execute(db);
  await sql`alter table batches drop is_counted`.execute(db);
}
