import { sql } from 'kysely';
import type { Db } from '../../database/connect.ts';

export interface Search {
  /** As typed: words, "a phrase", -excluded, or. Empty finds everything. */
  text: string;
  /** Empty for all. */
  category: string;
}

export interface FoundComparison {
  slug: string;
  headline: string;
  question: string;
  categories: string[];
  /** "3 of 4", of each tool. */
  panels: [string, string];
  published_at: Date;
}

/**
 * Public comparisons that contain every word except "vs", best match first; without words, newest first. A comparison that
 * exists only in an issue is public once that issue was sent.
 */
export async function searchComparisons(
  db: Db,
  { text, category }: Search,
  { until, offset, limit }: { until: Date; offset: number; limit: number },
): Promise<FoundComparison[]> {
  await refreshToolWords(db);
  const words = text.replaceAll(/\bvs\b\.?|[,;/]/gi, ' ').trim();
  const name = `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  const { rows } = await sql<FoundComparison>`
    with asked as (
      select websearch_to_tsquery('english', ${words}) as stems, websearch_to_tsquery('simple', ${words}) as words
    ), found as (
      select pair.slug, a.name || ' vs ' || b.name as headline, question, published_at, a.slug as a, b.slug as b,
        array(select distinct unnest(array[a.category, b.category]) order by 1) as categories,
        words_a.words || words_b.words || to_tsvector('english', question) as document
      from (${publicPairs(until)}) as pair
      join tools as a on a.slug = tool_a join tools as b on b.slug = tool_b
      join tool_words as words_a on words_a.tool_slug = a.slug
      join tool_words as words_b on words_b.tool_slug = b.slug
    )
    select slug, headline, question, categories, published_at,
      array[${panelOf('found.a')}, ${panelOf('found.b')}] as panels
    from found, asked
    where (${text} = '' or document @@ stems or document @@ words or headline ilike ${name})
      and (${category} = '' or ${category} = any(categories))
    order by case when ${text} = '' then 0 else ts_rank(document, stems) + ts_rank(document, words) end desc,
      published_at desc, slug
    offset ${offset}::bigint limit ${limit}::bigint`.execute(db);
  return rows;
}

/**
 * Updates the search index of tools: names are indexed literally, all other words stemmed. Tools are reindexed when their
 * revision has changed, since content may be written through views that do not notify this process.
 */
async function refreshToolWords(db: Db): Promise<void> {
  await sql`
    insert into tool_words (tool_slug, revision, words)
    select slug, tools.revision, setweight(to_tsvector('simple', name), 'A')
      || setweight(to_tsvector('english', concat_ws(' ', name, category, tagline)), 'B')
      || setweight(to_tsvector('english', description), 'C')
      || setweight(to_tsvector('english', coalesce(
        (select string_agg(quote, ' ') from reviews where reviews.tool_slug = slug), '')), 'D')
    from tools
    where not exists (
      select from tool_words where tool_words.tool_slug = slug and tool_words.revision = tools.revision)
    order by slug
    on conflict (tool_slug) do update set revision = excluded.revision, words = excluded.words`.execute(db);
}

/** Categories of the tools in public comparisons, sorted. */
export async function listCategories(db: Db, until: Date): Promise<string[]> {
  const { rows } = await sql<{ category: string }>`
    select distinct category from (${publicPairs(until)}) as pair
    join tools on tools.slug in (tool_a, tool_b) order by category`.execute(db);
  return rows.map(({ category }) => category);
}

function publicPairs(until: Date) {
  return sql`
    select slug, tool_a, tool_b, question, published_at from comparisons where published_at <= ${until}
    union all
    (select distinct on (comparison_slug) comparison_slug, tool_a, tool_b, '', prepared_at
      from issue_comparisons join issues on issues.id = issue_id
      where prepared_at is not null and not exists (
        select from comparisons where slug = comparison_slug and published_at <= ${until})
      order by comparison_slug, week desc)`;
}

function panelOf(tool: 'found.a' | 'found.b') {
  return sql`(select count(*) filter (where verdict = 'ship') || ' of ' || count(*) from reviews
    where tool_slug = ${sql.ref(tool)})`;
}
