import type { ComparisonFacts, ToolFacts } from '../../src/comparisons/show/facts.ts';
import type { Verdict } from '../../src/database/schema.ts';

export const REVIEWERS = [
  { slug: 'builder', name: 'The Builder' },
  { slug: 'skeptic', name: 'The Skeptic' },
  { slug: 'futurist', name: 'The Futurist' },
  { slug: 'founder', name: 'The Founder' },
];

/** A tool with a ship from the first `ship` reviewers of the panel and a skip from the others. */
export function makeTool(name: string, ship = 4, changes: Partial<ToolFacts> = {}): ToolFacts {
  const slug = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return {
    slug,
    name,
    category: 'Developer Tools',
    tagline: `What ${name} is for`,
    description: `${name} does one thing and says so.`,
    entry_price: 'paid',
    price_note: null,
    price_checked_on: '2026-11-10',
    reviewed_on: '2026-11-10',
    revision: 1,
    picture: null,
    reviews: REVIEWERS.map((reviewer, index) => ({
      reviewer_slug: reviewer.slug,
      reviewer_name: reviewer.name,
      lens: `Lens of ${reviewer.name}`,
      verdict: (index < ship ? 'ship' : 'skip') satisfies Verdict,
      quote: `${reviewer.name} looked at ${name} and has a view of it. It is a firm one.`,
    })),
    ...changes,
  };
}

export function makeComparison(
  a: ToolFacts,
  b: ToolFacts,
  publishedAt = '2026-11-18T09:00:00Z',
): ComparisonFacts {
  return {
    slug: `${a.slug}-vs-${b.slug}`,
    question: 'Which one?',
    published_at: new Date(publishedAt),
    revision: 1,
    tools: [a, b],
  };
}
