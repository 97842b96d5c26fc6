import { type Kysely, sql } from 'kysely';

/** How many mails had a link opened, and in how many of them a person was seen. Counted from the next time on. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    alter table mail_class_figures
      add column opened integer not null default 0,
      add column touched integer not null default 0`.execute(db);
  await sql`
    alter table counted_openings
      add column is_opened boolean not null default false,
      add column is_touched boolean not null default false`.execute(db);
  await sql`alter table learned_classes add column untouched real not null default 0`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table learned_classes drop column untouched`.execute(db);
  await sql`alter table counted_openings drop column is_opened, drop column is_touched`.execute(db);
  await sql`alter table mail_class_figures drop column opened, drop column touched`.execute(db);
}
