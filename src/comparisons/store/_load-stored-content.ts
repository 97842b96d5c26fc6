import { sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import { selectPicture } from '../show/select-picture.ts';
import type { Tx } from '../../database/connect.ts';
import type { Content } from '../validate/content-shape.ts';
import type { StoredContent } from './_plan-content.ts';

/** Loads the stored versions of the tools and comparisons in the file, and all reviewers. */
export async function loadStoredContent(tx: Tx, content: Content): Promise<StoredContent> {
  return {
    reviewers: await tx.selectFrom('reviewers').selectAll().execute(),
    tools: await listTools(tx, content),
    comparisons: await tx
      .selectFrom('comparisons')
      .select(['slug', 'tool_a', 'tool_b', 'question', 'published_at'])
      .where(isAmong(content.comparisons))
      .execute(),
  };
}

function listTools(tx: Tx, content: Content) {
  return tx
    .selectFrom('tools')
    .select(['slug', 'name', 'category', 'tagline', 'description', 'entry_price', 'price_note'])
    .select(['price_checked_on', 'reviewed_on'])
    .select((eb) =>
      jsonArrayFrom(
        eb
          .selectFrom('reviews')
          .select(['reviewer_slug', 'verdict', 'quote'])
          .whereRef('tool_slug', '=', 'tools.slug'),
      ).as('reviews'),
    )
    .select(selectPicture)
    .where(isAmong(content.tools))
    .execute();
}

/** Passes all slugs as one parameter: PostgreSQL accepts at most 65,535 per statement. */
function isAmong(items: readonly { slug: string }[]) {
  return sql<boolean>`slug = any(${items.map((item) => item.slug)}::text[])`;
}
