import type { ComparisonBrief, ComparisonContent } from '../../../emails/_parts/content/content.ts';

/** What a letter shows of a comparison, with the page to read on. */
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
