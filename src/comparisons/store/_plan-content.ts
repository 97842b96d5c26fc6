import { isDeepStrictEqual } from 'node:util';
import type { Row } from '../../database/schema.ts';
import type { Content } from '../validate/content-shape.ts';
import { orderReviewers } from './_order-reviewers.ts';

export type StoredContent = Omit<Content, 'reviewers'> & { reviewers: Row<'reviewers'>[] };

interface Changes<Item> {
  new: Item[];
  changed: Item[];
  unchanged: Item[];
}

export interface ContentPlan {
  reviewers: Changes<StoredContent['reviewers'][number]>;
  tools: Changes<StoredContent['tools'][number]>;
  comparisons: Changes<StoredContent['comparisons'][number]>;
}

/** The slugs that an import adds, replaces and leaves unchanged. */
export type ContentReport = Record<keyof ContentPlan, Changes<string>>;

/** Compares a file with the stored content; the order of a tool's reviews does not matter. */
export function planContent(content: Content, stored: StoredContent): ContentPlan {
  return {
    reviewers: diffBySlug(orderReviewers(content.reviewers, stored.reviewers), stored.reviewers),
    tools: diffBySlug(content.tools.map(orderReviews), stored.tools.map(orderReviews)),
    comparisons: diffBySlug(content.comparisons, stored.comparisons),
  };
}

export function reportOf(plan: ContentPlan): ContentReport {
  return {
    reviewers: slugsOf(plan.reviewers),
    tools: slugsOf(plan.tools),
    comparisons: slugsOf(plan.comparisons),
  };
}

function orderReviews<Tool extends Content['tools'][number]>(tool: Tool): Tool {
  return {
    ...tool,
    reviews: tool.reviews.toSorted((a, b) => (a.reviewer_slug < b.reviewer_slug ? -1 : 1)),
  };
}

function diffBySlug<Item extends { slug: string }>(
  items: readonly Item[],
  stored: readonly Item[],
): Changes<Item> {
  const bySlug = new Map(stored.map((item) => [item.slug, item]));
  const groups = Map.groupBy(items, (item) => {
    const current = bySlug.get(item.slug);
    return current ? (isDeepStrictEqual(item, current) ? 'unchanged' : 'changed') : 'new';
  });
  return {
    new: groups.get('new') ?? [],
    changed: groups.get('changed') ?? [],
    unchanged: groups.get('unchanged') ?? [],
  };
}

function slugsOf(changes: Changes<{ slug: string }>): Changes<string> {
  return {
    new: changes.new.map((item) => item.slug),
    changed: changes.changed.map((item) => item.slug),
    unchanged: changes.unchanged.map((item) => item.slug),
  };
}
