import { sql } from 'kysely';
import type { Db } from '../../database/connect.ts';
import { refreshArchive } from './_refresh-archive.ts';

export interface Search {
  /** As typed: words, "a phrase", -excluded, `or` between words. Empty finds everything. */
  text: string;
  /** Empty for all categories. */
  category: string;
}

export interface FoundComparison {
  slug: string;
  headline: string;
  question: string;
  categories: string[];
  /** How many reviewers would ship each tool: "3 of 4". */
  panels: [string, string];
  published_at: Date;
}

/**
 * Public comparisons that match the words, best match first; without words, newest first. "vs" is ignored. A comparison
 * that exists only in an issue is public once that issue has gone out. Changed content is found within a second.
 */
export async function searchComparisons(
  db: Db,
  { text, category }: Search,
  { until, offset, limit }: { until: Date; offset: number; limit: number },
): Promise<FoundComparison[]> {
  await refreshArchive(db, until);
  const words = text.replaceAll(/\bvs\b\.?|[,;/]|(?<=\s)-(?=\s)/gi, ' ').trim();
  const name = `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  const stems = sql`websearch_to_tsquery('english', ${words})`;
  const literal = sql`websearch_to_tsquery('simple', ${words})`;
  // Only names are indexed literally: by that, a word that is excluded would be missing nearly everywhere.
  const isExcluding = /(?:^|\s)-\S/.test(text);
  const found = isExcluding
    ? sql`words @@ ${stems}`
    : sql`(words @@ ${stems} or words @@ ${literal} or headline ilike ${name})`;
  const conditions = [
    sql`published_at <= ${until}`,
    ...(text === '' ? [] : [found]),
    ...(category === '' ? [] : [sql`${category} = any(categories)`]),
  ];
  const rank = text === '' ? sql`` : sql`ts_rank(words, ${stems}) + ts_rank(words, ${literal}) desc,`;
  const { rows } = await sql<FoundComparison>`
    select slug, headline, question, categories, published_at, panels from archive_entries
    where ${sql.join(conditions, sql` and `)}
    order by ${rank} published_at desc, slug
    offset ${offset}::bigint limit ${limit}::bigint`.execute(db);
  return rows;
}

/** Categories of the tools in public comparisons, sorted. */
export async function listCategories(db: Db, until: Date): Promise<string[]> {
  await refreshArchive(db, until);
  const { rows } = await sql<{ category: string }>`
    select distinct unnest(categories) as category from archive_entries where published_at <= ${until}
    order by category`.execute(db);
  return rows.map(({ category }) => category);
}
