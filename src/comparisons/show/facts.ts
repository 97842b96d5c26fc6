import { type ExpressionBuilder, sql } from 'kysely';
import { selectPicture } from './select-picture.ts';
import type { Db, Tx } from '../../database/connect.ts';
import type { Database, EntryPrice, Row, Verdict } from '../../database/schema.ts';

export interface ReviewFacts {
  reviewer_slug: string;
  reviewer_name: string;
  lens: string;
  verdict: Verdict;
  quote: string;
}

export interface ToolFacts extends Row<'tools'> {
  picture: Omit<Row<'tool_pictures'>, 'tool_slug'> | null;
  /** In the panel's order. */
  reviews: ReviewFacts[];
}

export interface ComparisonFacts {
  slug: string;
  question: string;
  published_at: Date;
  revision: number;
  tools: [ToolFacts, ToolFacts];
}

export const ENTRY_PRICE_NAMES: Record<EntryPrice, string> = {
  free: 'Free',
  freemium: 'Freemium',
  trial: 'Free trial',
  paid: 'Paid',
  contact: 'On request',
};

/** Comparisons published by `until`, newest first, with all reviews of both tools. */
export async function listComparisons(db: Db | Tx, until: Date, limit: number): Promise<ComparisonFacts[]> {
  const rows = await db
    .selectFrom('comparisons')
    .selectAll()
    .where('published_at', '<=', until)
    .where(hasBothTools)
    .orderBy('published_at', 'desc')
    .orderBy('slug')
    .limit(limit)
    .execute();
  return withTools(db, rows);
}

/** Comparisons published by `until` whose slug comes after `after`, ordered by slug. */
export async function pageComparisons(
  db: Db,
  until: Date,
  after: string,
  limit: number,
): Promise<ComparisonFacts[]> {
  const rows = await db
    .selectFrom('comparisons')
    .selectAll()
    .where('published_at', '<=', until)
    .where('slug', '>', after)
    .where(hasBothTools)
    .orderBy('slug')
    .limit(limit)
    .execute();
  return withTools(db, rows);
}

/** Always true of our own tables; a site's views may hide a tool. */
export function hasBothTools({ and, exists, selectFrom }: ExpressionBuilder<Database, 'comparisons'>) {
  const tool = selectFrom('tools').select('tools.slug');
  return and([
    exists(tool.whereRef('tools.slug', '=', 'tool_a')),
    exists(tool.whereRef('tools.slug', '=', 'tool_b')),
  ]);
}

export async function findComparison(db: Db, slug: string): Promise<ComparisonFacts | undefined> {
  return (await listComparisonsBySlug(db, [slug]))[0];
}

/** In no particular order; comparisons that do not exist or lack a tool are left out. */
export async function listComparisonsBySlug(
  db: Db | Tx,
  slugs: readonly string[],
): Promise<ComparisonFacts[]> {
  const rows = await db
    .selectFrom('comparisons')
    .selectAll()
    .where('slug', '=', sql<string>`any(${[...slugs]}::text[])`)
    .execute();
  return withTools(db, rows);
}

/** Tools reviewed on these days, ordered by slug. */
export async function listToolsReviewed(
  db: Db | Tx,
  days: { from: string; until: string },
): Promise<ToolFacts[]> {
  const rows = await db
    .selectFrom('tools')
    .select('slug')
    .where('reviewed_on', '>=', days.from)
    .where('reviewed_on', '<=', days.until)
    .orderBy('slug')
    .execute();
  const tools = await listTools(
    db,
    rows.map((row) => row.slug),
  );
  return [...tools.values()];
}

/** The panel's reviewers in their order; one who has not reviewed anything, while others have, is not on the panel yet. */
export async function listReviewers(db: Db | Tx): Promise<{ slug: string; name: string }[]> {
  return db
    .selectFrom('reviewers')
    .select(['slug', 'name'])
    .where(({ exists, not, or, selectFrom }) =>
      or([
        exists(
          selectFrom('reviews').select('reviewer_slug').whereRef('reviewer_slug', '=', 'reviewers.slug'),
        ),
        not(exists(selectFrom('reviews').select('reviewer_slug'))),
      ]),
    )
    .orderBy('position')
    .orderBy('slug')
    .execute();
}

interface ComparisonRow {
  slug: string;
  question: string;
  published_at: Date;
  revision: number;
  tool_a: string;
  tool_b: string;
}

async function withTools(db: Db | Tx, rows: readonly ComparisonRow[]): Promise<ComparisonFacts[]> {
  const slugs = [...new Set(rows.flatMap((row) => [row.tool_a, row.tool_b]))];
  const tools = await listTools(db, slugs);
  return rows.flatMap(({ tool_a, tool_b, ...comparison }) => {
    const a = tools.get(tool_a);
    const b = tools.get(tool_b);
    return a && b ? [{ ...comparison, tools: [a, b] as [ToolFacts, ToolFacts] }] : [];
  });
}

/** Whether readers can see the tool: in a comparison that is published by `until`, or in an issue that went out. */
export async function isPublicTool(db: Db, slug: string, until: Date): Promise<boolean> {
  const { rows } = await sql<{ is_public: boolean }>`
    select exists (select from comparisons where ${slug} in (tool_a, tool_b) and published_at <= ${until})
      or exists (
        select from issue_comparisons join issues on issues.id = issue_id
        where ${slug} in (tool_a, tool_b) and prepared_at is not null) as is_public`.execute(db);
  return rows[0]?.is_public === true;
}

/** By slug; tools that do not exist are left out. */
export async function listTools(db: Db | Tx, slugs: readonly string[]): Promise<Map<string, ToolFacts>> {
  if (slugs.length === 0) {
    return new Map();
  }
  const tools = await db
    .selectFrom('tools')
    .selectAll()
    .select(selectPicture)
    .where('slug', 'in', slugs)
    .orderBy('slug')
    .execute();
  const reviews = await db
    .selectFrom('reviews')
    .innerJoin('reviewers', 'reviewers.slug', 'reviews.reviewer_slug')
    .select(['tool_slug', 'reviewer_slug', 'reviewers.name as reviewer_name', 'lens', 'verdict', 'quote'])
    .where('tool_slug', 'in', slugs)
    .orderBy('position')
    .orderBy('reviewer_slug')
    .execute();
  const bySlug = Map.groupBy(reviews, (review) => review.tool_slug);
  return new Map(
    tools.map((tool) => [
      tool.slug,
      { ...tool, reviews: (bySlug.get(tool.slug) ?? []).map(({ tool_slug: _, ...review }) => review) },
    ]),
  );
}
