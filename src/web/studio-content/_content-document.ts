import type { ContentDocument } from '../../comparisons/parse/read-content.ts';
import { CONTENT_KINDS, type ContentKind, type Values } from './_content-kinds.ts';

/** What an import of this one item would contain: the import's rules and messages then apply to it. */
export function documentOf(
  kind: ContentKind,
  slug: string,
  values: Values,
  timezone: string,
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
      return {
        comparisons: [
          { slug, tools: [tool_a, tool_b], question, publishedAt: toInstant(publishedAt, timezone) },
        ],
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

/** Anything else is left as it is, for the import's message. */
function toInstant(local: string, timezone: string): string {
  try {
    return Temporal.PlainDateTime.from(local).toZonedDateTime(timezone).toInstant().toString();
  } catch {
    return local;
  }
}
