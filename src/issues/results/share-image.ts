import type { Context } from '../../context.ts';
import type { Drawn } from './draw-share-image.tsx';
import type { ClosedIssue } from './list-closed.ts';
import { composeResult } from './result.ts';

/**
 * Image of a comparison's frozen result (PNG, 1200 × 630), drawn on the first request and then cached in the database.
 */
export async function findShareImage(
  { db, config, now }: Context,
  issue: ClosedIssue,
  slug: string,
): Promise<Drawn | undefined> {
  const comparison = [issue.content.lead, ...issue.content.more].find((one) => one.slug === slug);
  if (!comparison) {
    return undefined;
  }
  const cached = await db
    .selectFrom('share_images')
    .select('png')
    .where('issue_id', '=', issue.id)
    .where('comparison_slug', '=', slug)
    .executeTakeFirst();
  if (cached) {
    return { png: cached.png, is_complete: true };
  }
  // Loaded on first use: the renderer is a native library, and most processes draw nothing.
  const { drawShareImage } = await import('./draw-share-image.tsx');
  const result = composeResult(comparison, issue.tallies);
  const drawn = await drawShareImage(result, {
    number: issue.number,
    panelLabel: config.panelLabel,
    publicUrl: config.publicUrl,
  });
  if (!drawn.is_complete) {
    // Drawn again next time: a font may have been installed.
    return drawn;
  }
  await db
    .insertInto('share_images')
    .values({ issue_id: issue.id, comparison_slug: slug, png: drawn.png, drawn_at: now() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return drawn;
}
