import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table reviewers (
      slug text primary key,
      name text not null,
      lens text not null,
      position smallint not null
    )`.execute(db);
  await sql`
    create table tools (
      slug text primary key,
      name text not null,
      category text not null,
      tagline text not null,
      description text not null,
      entry_price text not null check (entry_price in ('free', 'freemium', 'trial', 'paid', 'contact')),
      price_note text,
      price_checked_on date not null,
      reviewed_on date not null,
      revision integer not null default 1
    )`.execute(db);
  await sql`
    create table reviews (
      tool_slug text not null references tools (slug),
      reviewer_slug text not null references reviewers (slug),
      verdict text not null check (verdict in ('ship', 'skip')),
      quote text not null,
      primary key (tool_slug, reviewer_slug)
    )`.execute(db);
  await sql`
    create table comparisons (
      slug text primary key,
      tool_a text not null references tools (slug),
      tool_b text not null references tools (slug),
      question text not null,
      published_at timestamptz not null,
      revision integer not null default 1,
      check (tool_a <> tool_b)
    )`.execute(db);
  await sql`create index comparisons_published_at on comparisons (published_at)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table comparisons, reviews, tools, reviewers`.execute(db);
}
