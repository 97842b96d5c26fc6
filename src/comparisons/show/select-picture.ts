import type { ExpressionBuilder } from 'kysely';
import { jsonObjectFrom } from 'kysely/helpers/postgres';
import type { Database } from '../../database/schema.ts';

/** A tool's own picture as `picture`; null if it has none. */
export function selectPicture(tools: ExpressionBuilder<Database, 'tools'>) {
  return jsonObjectFrom(
    tools
      .selectFrom('tool_pictures')
      .select(['alt', 'light', 'dark'])
      .whereRef('tool_slug', '=', 'tools.slug'),
  ).as('picture');
}
