import { type ExpressionBuilder, sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Database, Row } from '../../database/schema.ts';

export type Preferences = Pick<
  Row<'subscribers'>,
  'frequency' | 'categories' | 'always_lead' | 'morning_zone'
>;

/**
 * Sets how often, about what and when a reader gets mail. A frequency takes effect at once, even for the issue being
 * sent if this reader's mail has not been submitted yet; the rest takes effect with the next issue, so that nobody gets
 * one twice or not at all.
 */
export async function updatePreferences(
  { db, now }: Context,
  subscriberId: number,
  preferences: Partial<Preferences>,
): Promise<void> {
  await db
    .updateTable('subscribers')
    .set({ ...preferences, engaged_at: now(), still_asked_at: null })
    .where('id', '=', subscriberId)
    .where('status', '=', 'active')
    .execute();
}

/** Active readers whose categories never make them miss an issue. */
export function getsEveryIssue() {
  return ({ and, eb, or }: ExpressionBuilder<Database, 'subscribers'>) =>
    and([
      eb('status', '=', 'active'),
      or([eb('categories', '=', sql<string[]>`'{}'`), eb('always_lead', '=', true)]),
    ]);
}
