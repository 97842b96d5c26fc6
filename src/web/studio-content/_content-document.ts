import type { ContentDocument } from '../../comparisons/parse/read-content.ts';
import { CONTENT_KINDS, type ContentKind, type StoredItem, type Values } from './_content-kinds.ts';

/**
 * What an import of this one item would contain, so that the import's rules and messages apply. A time that was not
 * changed keeps its exact instant.
 */
export function documentOf(
  kind: ContentKind,
  slug: string,
  values: Values,
  timezone: string,
  stored?: StoredItem,
): ContentDocument {
  const texts = Object.fromEntries(
    CONTENT_KINDS[kind].fields.flatMap(({ name, isOptional }) =>
      isOptional && !values[name] ? [] : [[name, values[name] ?? '']],
    ),
  );
  switch (kind) {
    case 'reviewers':
      return { reviewers: [{ slug, ...texts }] };
    case 'comparisons': {
      const { tool_a, tool_b, question, publishedAt = '' } = texts;
      const isSame = publishedAt === stored?.values.publishedAt;
      const instant = (isSame && stored.published_at?.toISOString()) || toInstant(publishedAt, timezone);
      return {
        comparisons: [{ slug, tools: [tool_a, tool_b], question, publishedAt: instant }],
      };
    }
    case 'tools':
      return { tools: [{ slug, ...texts, reviews: listReviews(values) }] };
  }
}

/** A reviewer without a verdict and a quote has no review. */
function listReviews(values: Values) {
  return Object.keys(values).flatMap((name) => {
    const [, reviewer] = /^verdict:(.+)$/.exec(name) ?? [];
    const [verdict, quote] = [values[name], values[`quote:${reviewer}`]];
    return reviewer && (verdict || quote) ? [{ reviewer, verdict, quote }] : [];
  });
}

/** What is not a time is left as it is, so that the import reports it. */
function toInstant(local: string, timezone: string): string {
  try {
    return Temporal.PlainDateTime.from(local).toZonedDateTime(timezone).toInstant().toString();
  } catch {
    return local;
  }
}
