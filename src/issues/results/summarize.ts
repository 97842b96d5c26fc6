import type { ComparisonBrief, ComparisonContent } from '../../../emails/_parts/content/content.ts';

/** Summary of a comparison for a letter, with a link to its page. */
export function summarizeComparison(
  { headline, pick, tools }: ComparisonContent,
  url: string,
): ComparisonBrief {
  return {
    headline,
    pick,
    url,
    tools: tools.map(({ name, panel, community }) => ({
      name,
      panel: `${panel.ship} of ${panel.of} ship`,
      community,
    })),
  };
}
