import { sql } from 'kysely';
import { cachePerScope } from '../../concurrency/cache.ts';
import type { Db } from '../../database/connect.ts';

/** Other processes and sites with views of their own change content without telling us, so it is compared again after this time. */
const cachedRefresh = cachePerScope<true>({ max: 1, ttl_ms: 1_000 });

/** Brings `archive_entries` up to date with what is public at `until`, at most once a second. */
export async function refreshArchive(db: Db, until: Date): Promise<void> {
  await cachedRefresh(db, 'archive', async () => {
    await writeChangedEntries(db, until);
    return true;
  });
}

/**
 * Writes the entries whose tools, question or time of publication have changed, and deletes those of pairs that are no
 * longer public. Tools have a revision, which is compared instead of their texts. Names are indexed literally and by
 * stems, all other words by stems alone.
 */
async function writeChangedEntries(db: Db, until: Date): Promise<void> {
  await sql`
    with pairs as materialized (
      select pair.slug, a.slug as a, b.slug as b, question, published_at,
        concat_ws(' ', a.slug, a.revision, b.slug, b.revision, published_at, question) as made_from
      from (${publicPairs(until)}) as pair
      join tools as a on a.slug = tool_a join tools as b on b.slug = tool_b
    ), gone as (
      delete from archive_entries where not exists (select from pairs where pairs.slug = archive_entries.slug)
    ), changed as materialized (
      select pairs.* from pairs
      where not exists (
        select from archive_entries as entry where entry.slug = pairs.slug and entry.made_from = pairs.made_from)
    ), panel as materialized (
      select tool_slug, count(*) filter (where verdict = 'ship') || ' of ' || count(*) as words, string_agg(quote, ' ') as quotes
      from reviews where tool_slug in (select a from changed union select b from changed) group by tool_slug
    ), tool as materialized (
      select slug, name, category, coalesce(panel.words, '0 of 0') as panel,
        setweight(to_tsvector('simple', name), 'A') || setweight(to_tsvector('english', concat_ws(' ', name, category, tagline)), 'B')
          || setweight(to_tsvector('english', description), 'C') || setweight(to_tsvector('english', coalesce(quotes, '')), 'D') as words
      from tools left join panel on tool_slug = slug
      where slug in (select a from changed union select b from changed)
    )
    insert into archive_entries (slug, headline, question, categories, panels, published_at, words, made_from)
    select changed.slug, a.name || ' vs ' || b.name, question, array(select distinct unnest(array[a.category, b.category]) order by 1),
      array[a.panel, b.panel], published_at, a.words || b.words || to_tsvector('english', question), made_from
    from changed join tool as a on a.slug = changed.a join tool as b on b.slug = changed.b
    order by changed.slug
    on conflict (slug) do update set headline = excluded.headline, question = excluded.question, categories = excluded.categories,
      panels = excluded.panels, published_at = excluded.published_at, words = excluded.words, made_from = excluded.made_from`.execute(
    db,
  );
}

/** A comparison that exists only in an issue is public once that issue has gone out. */
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
