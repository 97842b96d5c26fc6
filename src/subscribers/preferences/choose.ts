import { type ExpressionBuilder, sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Database, Row } from '../../database/schema.ts';

export type Preferences = Pick<
  Row<'subscribers'>,
  'frequency' | 'categories' | 'always_lead' | 'morning_zone'
>;

/**
 * How often, of what and when a reader gets mail. A frequency takes effect at once, also for the issue being sent if this reader's
 * mail has not been submitted yet; the rest with the next issue, so that nobody gets one twice or not at all.
 */
export async function choosePreferences(
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

/** Active readers whose categories leave no issue out. */
export function getsEveryIssue() {
  return ({ and, eb, or }: ExpressionBuilder<Database, 'subscribers'>) =>
    and([
      eb('status', '=', 'active'),
      or([eb('categories', '=', sql<string[]>`'{}'`), eb('always_lead', '=', true)]),
    ]);
}
