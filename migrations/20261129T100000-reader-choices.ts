import { type Kysely, sql } from 'kysely';

/**
 * What readers choose: comparisons of their categories, with or without the lead, and the morning of their own time zone. An issue
 * goes out in variants, one for each selection of its comparisons that somebody gets; a batch is of one variant and goes
 * out at one time. `withdrawals` tells the renderings of one approval from those of the next. Variant 0 is the whole issue, which `issue_renderings` has; −1 counts readers who get nothing.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    alter table subscribers
      add column always_lead boolean not null default true,
      add column morning_zone text`.execute(db);
  await sql`
    alter table batches
      add column variant smallint not null default 0,
      add column send_at timestamptz,
      add column mails smallint`.execute(db);
  await sql`alter table issues add column withdrawals integer not null default 0`.execute(db);
  await sql`
    create table issue_variants (
      issue_id integer not null references issue_renderings on delete cascade,
      variant smallint not null,
      comparisons text[] not null,
      recap_tools text[] not null,
      readers integer,
      subject text not null,
      html text not null,
      text text not null,
      primary key (issue_id, variant)
    )`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table issue_variants`.execute(db);
  await sql`alter table issues drop column withdrawals`.execute(db);
  await sql`alter table batches drop column variant, drop column send_at, drop column mails`.execute(db);
  await sql`alter table subscribers drop column always_lead, drop column morning_zone`.execute(db);
}
