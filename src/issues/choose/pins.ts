import { listComparisonsBySlug, listReviewers } from '../../comparisons/show/facts.ts';
import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { findDisqualifications } from './_eligibility.ts';

/** Slugs of the comparisons that staff want in the next issue that is drafted, oldest pin first. */
export async function listPins(db: Db | Tx): Promise<string[]> {
  const rows = await db
    .selectFrom('pinned_comparisons')
    .select('comparison_slug')
    .orderBy('pinned_at')
    .orderBy('comparison_slug')
    .execute();
  return rows.map(({ comparison_slug }) => comparison_slug);
}

/** Why a comparison could not be in any issue drafted now, even if it is pinned; empty if nothing stands in the way. */
export async function listObstacles(
  { db, now }: Pick<Context, 'db' | 'now'>,
  slug: string,
): Promise<string[]> {
  const [comparison] = await listComparisonsBySlug(db, [slug]);
  if (!comparison) {
    return [];
  }
  return [
    ...(comparison.published_at > now() ? ['it is not published yet'] : []),
    ...findDisqualifications(comparison, await listReviewers(db), now()),
  ];
}

/** Pins a comparison to the next draft, or removes its pin. Throws `not_found` for an unknown comparison. */
export async function setPin({ db, now }: Context, slug: string, isPinned: boolean): Promise<void> {
  if (!isPinned) {
    await db.deleteFrom('pinned_comparisons').where('comparison_slug', '=', slug).execute();
    return;
  }
  const known = await db.selectFrom('comparisons').select('slug').where('slug', '=', slug).executeTakeFirst();
  if (!known) {
    throw new AppError('not_found', `There is no comparison ${slug}.`);
  }
  await addPins(db, [slug], now());
}

export async function addPins(db: Db | Tx, slugs: readonly string[], pinned_at: Date): Promise<void> {
  if (slugs.length > 0) {
    await db
      .insertInto('pinned_comparisons')
      .values(slugs.map((comparison_slug) => ({ comparison_slug, pinned_at })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Removes the pins of comparisons that are now in an issue. */
export async function removePins(tx: Tx, slugs: readonly string[]): Promise<void> {
  await tx.deleteFrom('pinned_comparisons').where('comparison_slug', 'in', slugs).execute();
}
