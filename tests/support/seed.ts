import { sql } from 'kysely';
import type { ContentDocument } from '../../src/comparisons/parse/read-content.ts';
import { importContent } from '../../src/comparisons/store/import-content.ts';
import type { Db } from '../../src/database/connect.ts';
import { makeTool, REVIEWERS } from './facts.ts';

/** Three comparisons of the week of 16 November 2026, added by the real import. */
export async function seedContent(db: Db, publishedAt = '2026-11-18T09:00:00Z'): Promise<void> {
  await importContent(db, contentOf(publishedAt), { dryRun: false });
}

/** What `seedContent` imports, as in a file. */
export function contentOf(publishedAt: string): ContentDocument {
  const pairs = [
    [makeTool('Harborlight', 3), makeTool('Quillbench', 2)],
    [makeTool('Mossgate', 4, { category: 'Data' }), makeTool('Tallyrook', 1, { category: 'Data' })],
    [makeTool('Fernwick', 2, { category: 'Design' }), makeTool('Ovenbird', 4, { category: 'Design' })],
  ] as const;
  return {
    reviewers: REVIEWERS.map((reviewer) => ({ ...reviewer, lens: `Lens of ${reviewer.name}` })),
    tools: pairs.flat().map((tool) => ({
      slug: tool.slug,
      name: tool.name,
      category: tool.category,
      tagline: tool.tagline,
      description: tool.description,
      entryPrice: tool.entry_price,
      reviewedOn: tool.reviewed_on,
      reviews: tool.reviews.map(({ reviewer_slug, verdict, quote }) => ({
        reviewer: reviewer_slug,
        verdict,
        quote,
      })),
    })),
    comparisons: pairs.map(([a, b]) => ({
      slug: `${a.slug}-vs-${b.slug}`,
      tools: [a.slug, b.slug],
      question: 'Which one earns its place?',
      publishedAt,
    })),
  };
}

/** Active readers `delivered+1@resend.dev` and so on, confirmed at the beginning of 2026. */
export async function seedReaders(db: Db, count: number): Promise<void> {
  await sql`
    insert into subscribers (email, status, consent_source, requested_at, confirmed_at)
    select 'delivered+' || number || '@resend.dev', 'active', 'test', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'
    from generate_series(1, ${count}::integer) as number
    where not exists (select from subscribers where email = 'delivered+' || number || '@resend.dev')
    order by number`.execute(db);
}

/** Adds what an issue of the current week needs: comparisons published yesterday, prices checked today, and readers. */
export async function seedThisWeek(db: Db, readers: number): Promise<void> {
  const now = Date.now();
  await seedContent(db, new Date(now - 86_400_000).toISOString());
  await db
    .updateTable('tools')
    .set({ price_checked_on: new Date(now).toISOString().slice(0, 10) })
    .execute();
  await seedReaders(db, readers);
}
