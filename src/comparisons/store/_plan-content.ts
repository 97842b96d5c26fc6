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

interface PlannedChanges<Item> extends Changes<Item> {
  /** What is stored in place of `changed`, in the same order. */
  replaced: Item[];
}

export interface ContentPlan {
  reviewers: PlannedChanges<StoredContent['reviewers'][number]>;
  tools: PlannedChanges<StoredContent['tools'][number]>;
  comparisons: PlannedChanges<StoredContent['comparisons'][number]>;
}

/** The slugs that an import adds, replaces and leaves unchanged. */
export type ContentReport = Record<keyof ContentPlan, Changes<string>>;

/** One item that an import adds (`before` is null) or replaces, with the column names of the tables. */
export interface ContentChange {
  kind: keyof ContentPlan;
  slug: string;
  before: object | null;
  after: object;
}

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

export function changesOf(plan: ContentPlan): ContentChange[] {
  const kinds = ['reviewers', 'tools', 'comparisons'] as const;
  return kinds.flatMap((kind) => {
    const { new: added, changed, replaced } = plan[kind];
    return [
      ...added.map((after) => ({ kind, slug: after.slug, before: null, after })),
      ...changed.map((after, index) => ({
        kind,
        slug: after.slug,
        before: replaced[index] ?? null,
        after,
      })),
    ];
  });
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
): PlannedChanges<Item> {
  const bySlug = new Map(stored.map((item) => [item.slug, item]));
  const groups = Map.groupBy(items, (item) => {
    const current = bySlug.get(item.slug);
    return current ? (isDeepStrictEqual(item, current) ? 'unchanged' : 'changed') : 'new';
  });
  const changed = groups.get('changed') ?? [];
  return {
    new: groups.get('new') ?? [],
    changed,
    unchanged: groups.get('unchanged') ?? [],
    replaced: changed.map(({ slug }) => bySlug.get(slug)).filter((item) => item !== undefined),
  };
}

function slugsOf(changes: Changes<{ slug: string }>): Changes<string> {
  return {
    new: changes.new.map((item) => item.slug),
    changed: changes.changed.map((item) => item.slug),
    unchanged: changes.unchanged.map((item) => item.slug),
  };
}
