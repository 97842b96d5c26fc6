import type { Row } from '../../database/schema.ts';

type Reviewer = Row<'reviewers'>;

/**
 * A file with the whole panel sets its order; otherwise stored reviewers keep their position and new ones are appended.
 */
export function orderReviewers(
  reviewers: readonly Omit<Reviewer, 'position'>[],
  stored: readonly Reviewer[],
): Reviewer[] {
  const named = new Set(reviewers.map((reviewer) => reviewer.slug));
  if (stored.every((reviewer) => named.has(reviewer.slug))) {
    return reviewers.map((reviewer, position) => ({ ...reviewer, position }));
  }
  const positions = new Map(stored.map((reviewer) => [reviewer.slug, reviewer.position]));
  const next = Math.max(...positions.values()) + 1;
  const added = reviewers.filter(({ slug }) => !positions.has(slug));
  return reviewers.map((reviewer) => ({
    ...reviewer,
    position: positions.get(reviewer.slug) ?? next + added.indexOf(reviewer),
  }));
}
