import { sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';
import type { Pictures } from '../parse/read-pictures.ts';
import type { Actor } from '../../audit/audit-log.ts';
import { changesOf, type ContentPlan } from './_plan-content.ts';

/** Passes the rows of each table as one JSON parameter, so that a large file needs no more statements; only pictures take one each. */
export async function writeContent(tx: Tx, plan: ContentPlan, pictures: Pictures): Promise<void> {
  const tools = [...plan.tools.new, ...plan.tools.changed];
  await bumpToolRevisions(tx, plan);
  await writeReviewers(tx, [...plan.reviewers.new, ...plan.reviewers.changed]);
  await writeTools(tx, tools);
  await writePictures(tx, tools, pictures);
  await writeComparisons(tx, [...plan.comparisons.new, ...plan.comparisons.changed]);
}

async function writeReviewers(tx: Tx, reviewers: ContentPlan['reviewers']['new']) {
  await sql`
    insert into reviewers (slug, name, lens, position)
    select slug, name, lens, position
    from json_populate_recordset(null::reviewers, ${JSON.stringify(reviewers)})
    on conflict (slug) do update
    set name = excluded.name, lens = excluded.lens, position = excluded.position`.execute(tx);
}

/**
 * A reviewer's name and lens belong to every tool that they reviewed: a change of either is a new revision of these tools.
 * Tools that the plan changes get one anyway.
 */
async function bumpToolRevisions(tx: Tx, { reviewers, tools }: ContentPlan) {
  const renamed = reviewers.changed.filter((after, index) => {
    const before = reviewers.replaced[index];
    return after.name !== before?.name || after.lens !== before.lens;
  });
  await sql`
    update tools set revision = revision + 1
    where slug in (select tool_slug from reviews where reviewer_slug = any(${renamed.map(({ slug }) => slug)}::text[]))
      and slug <> all(${tools.changed.map(({ slug }) => slug)}::text[])`.execute(tx);
}

async function writeTools(tx: Tx, tools: ContentPlan['tools']['new']) {
  await sql`
    insert into tools (slug, name, category, tagline, description, entry_price, price_note, price_checked_on,
      reviewed_on)
    select slug, name, category, tagline, description, entry_price, price_note, price_checked_on, reviewed_on
    from json_populate_recordset(null::tools, ${JSON.stringify(tools)})
    on conflict (slug) do update
    set name = excluded.name, category = excluded.category, tagline = excluded.tagline,
      description = excluded.description, entry_price = excluded.entry_price, price_note = excluded.price_note,
      price_checked_on = excluded.price_checked_on, reviewed_on = excluded.reviewed_on,
      revision = tools.revision + 1`.execute(tx);
  await sql`delete from reviews where tool_slug = any(${tools.map((tool) => tool.slug)}::text[])`.execute(tx);
  const reviews = tools.flatMap((tool) =>
    tool.reviews.map((review) => ({ ...review, tool_slug: tool.slug })),
  );
  await sql`
    insert into reviews (tool_slug, reviewer_slug, verdict, quote)
    select tool_slug, reviewer_slug, verdict, quote
    from json_populate_recordset(null::reviews, ${JSON.stringify(reviews)})`.execute(tx);
}

/** A tool without a picture loses the one it had; the picture itself stays, for the mails that show it. */
async function writePictures(tx: Tx, tools: ContentPlan['tools']['new'], pictures: Pictures) {
  const toolPictures = tools.flatMap(({ slug, picture }) =>
    picture ? [{ tool_slug: slug, ...picture }] : [],
  );
  const names = new Set(toolPictures.flatMap(({ light, dark }) => [light, dark]));
  const contents = pictures.values().filter((one) => 'name' in one);
  for (const [name, picture] of new Map(contents.map((one) => [one.name, one]))) {
    if (names.has(name)) {
      await tx
        .insertInto('pictures')
        .values(picture)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  }
  await sql`delete from tool_pictures where tool_slug = any(${tools.map((tool) => tool.slug)}::text[])`.execute(
    tx,
  );
  await sql`
    insert into tool_pictures (tool_slug, alt, light, dark)
    select tool_slug, alt, light, dark
    from json_populate_recordset(null::tool_pictures, ${JSON.stringify(toolPictures)})`.execute(tx);
}

async function writeComparisons(tx: Tx, comparisons: ContentPlan['comparisons']['new']) {
  await sql`
    insert into comparisons (slug, tool_a, tool_b, question, published_at)
    select slug, tool_a, tool_b, question, published_at
    from json_populate_recordset(null::comparisons, ${JSON.stringify(comparisons)})
    on conflict (slug) do update
    set tool_a = excluded.tool_a, tool_b = excluded.tool_b, question = excluded.question,
      published_at = excluded.published_at, revision = comparisons.revision + 1`.execute(tx);
}

/** Adds each change to the history of its reviewer, tool or comparison. */
export async function recordChanges(
  tx: Tx,
  plan: ContentPlan,
  { name, via }: Actor,
  at: Date,
): Promise<void> {
  await sql`
    insert into content_changes (at, actor, via, kind, slug, before, after)
    select ${at}, ${name}, ${via}, kind, slug, before, after
    from json_to_recordset(${JSON.stringify(changesOf(plan))})
      as change (kind text, slug text, before jsonb, after jsonb)`.execute(tx);
}
