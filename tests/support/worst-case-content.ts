import { cutLabel } from '../../emails/_parts/text/columns.ts';
import type { IssueContent, RecapContent } from '../../emails/_parts/content/content.ts';
import { composeIssue } from '../../src/issues/write/compose.ts';
import type { ComparisonFacts } from '../../src/comparisons/show/facts.ts';
import { makeComparison, makeTool } from './facts.ts';

/**
 * The longest texts that the import accepts: five comparisons and a recap of five; `letters` determines the bytes per letter.
 */
export function worstCaseContent(number = 999, letters = 'abcdefghij'): IssueContent {
  const all = Array.from(letters);
  const comparisons = [0, 2, 4, 6, 8].map((first) =>
    longestPair(all[first] ?? '', all[first + 1] ?? '', number),
  );
  return composeIssue({
    votes_until: 'Wednesday 30 September, 05:00 (America/Argentina/ComodRivadavia)',
    week: '2026-W48',
    number,
    comparisons,
    community: new Map(
      comparisons.flatMap(({ tools }) =>
        tools.map(({ slug }) => [slug, { ship: 55_555, skip: 44_444 }] as const),
      ),
    ),
    recap: longestRecap(comparisons),
  });
}

function longestPair(a: string, b: string, number: number): ComparisonFacts {
  const tool = (letter: string) => ({
    ...makeTool(letter.repeat(60), 2, {
      category: letter.repeat(40),
      tagline: letter.repeat(120),
      description: letter.repeat(1_000),
      price_note: letter.repeat(80),
    }),
    slug: `${String(number).padStart(3, '0')}${'s'.repeat(96)}${(letter.codePointAt(0) ?? 0) % 10}`,
  });
  const pair = makeComparison(tool(a), tool(b));
  for (const review of pair.tools.flatMap(({ reviews }) => reviews)) {
    review.quote = a.repeat(1_200);
  }
  return {
    ...pair,
    question: a.repeat(200),
    slug: `${pair.tools[0].slug.slice(0, 97)}${pair.tools[1].slug.slice(97)}`,
  };
}

function longestRecap(comparisons: readonly ComparisonFacts[]): RecapContent {
  // Names are shortened as they were when the previous issue was composed.
  const tools = comparisons
    .flatMap((comparison) => comparison.tools)
    .map((tool) => ({ ...tool, name: cutLabel(tool.name, 60) }));
  return {
    week: '2026-W47',
    when: 'last week',
    votes: 999_990,
    voters: 99_999,
    held: 9_999,
    widest_gap: `Readers and panel are furthest apart on ${tools[0]?.name}: 48% of readers ship it, the panel says 1 of 4.`,
    too_close: comparisons.map((_, index) => `${tools[index * 2]?.name} vs ${tools[index * 2 + 1]?.name}`),
    tools: tools.map(({ slug, name }) => ({
      slug,
      name,
      panel: '2 of 4 ship',
      community: '56% ship (99999 votes)',
      said: { ship: 'You said Ship; 56% agreed', skip: 'You said Skip; 44% agreed' },
    })),
  };
}
