import type { ComparisonFacts, ToolFacts } from '../../comparisons/show/facts.ts';

const MAX_PRICE_AGE_DAYS = 90;
const DAY_MS = 86_400_000;

/** Reasons why a comparison cannot be in any issue; empty if there are none. */
export function findDisqualifications(
  comparison: ComparisonFacts,
  reviewers: readonly { slug: string; name: string }[],
  now: Date,
): string[] {
  return [
    ...comparison.tools.flatMap((tool) => [...missingLenses(tool, reviewers), ...stalePrice(tool, now)]),
    ...duplicateQuotes(comparison),
  ];
}

function missingLenses(tool: ToolFacts, reviewers: readonly { slug: string; name: string }[]): string[] {
  const present = new Set(tool.reviews.map((review) => review.reviewer_slug));
  return reviewers
    .filter((reviewer) => !present.has(reviewer.slug))
    .map((reviewer) => `${tool.name} has no review by ${reviewer.name}`);
}

function stalePrice(tool: ToolFacts, now: Date): string[] {
  const age = Math.floor((now.getTime() - Date.parse(tool.price_checked_on)) / DAY_MS);
  return age > MAX_PRICE_AGE_DAYS
    ? [`the price of ${tool.name} was last checked ${age} days ago (at most ${MAX_PRICE_AGE_DAYS})`]
    : [];
}

function duplicateQuotes({ tools }: ComparisonFacts): string[] {
  const seen = new Map<string, string>();
  return tools.flatMap((tool) =>
    tool.reviews.flatMap((review) => {
      const source = `${review.reviewer_name} on ${tool.name}`;
      const text = review.quote.toLowerCase().replaceAll(/\s+/g, ' ').trim();
      const earlier = seen.get(text);
      seen.set(text, source);
      return earlier ? [`the quote by ${source} repeats the one by ${earlier}`] : [];
    }),
  );
}
