import type { ComparisonFacts, ToolFacts } from '../../comparisons/show/facts.ts';

/** Makes comparisons from newly reviewed tools of one category that have not been compared with each other yet. */
export function pairTools(
  newTools: readonly ToolFacts[],
  compared: readonly (readonly [a: string, b: string])[],
  now: Date,
): ComparisonFacts[] {
  const known = new Set(compared.map(([a, b]) => keyOf(a, b)));
  return newTools.flatMap((a, index) =>
    newTools
      .slice(index + 1)
      .filter((b) => b.category === a.category && !known.has(keyOf(a.slug, b.slug)))
      .map((b) => pair(a, b, now)),
  );
}

/** A comparison that exists only in an issue. */
export function pair(a: ToolFacts, b: ToolFacts, now: Date): ComparisonFacts {
  return {
    slug: `${a.slug}-vs-${b.slug}`,
    question: 'Which one should you ship with?',
    published_at: now,
    revision: 1,
    tools: [a, b],
  };
}

function keyOf(a: string, b: string): string {
  return [a, b].toSorted().join(' ');
}
