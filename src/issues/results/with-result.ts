import type { ComparisonContent, IssueContent } from '../../../emails/_parts/content/content.ts';
import { describeCommunity, type Tally } from '../../votes/tally/tally.ts';

/** Adds the readers' results to an issue after voting has closed; unchanged without tallies. */
export function withResult(content: IssueContent, tallies: ReadonlyMap<string, Tally>): IssueContent {
  return tallies.size === 0
    ? content
    : {
        ...content,
        lead: withCommunity(content.lead, tallies),
        more: content.more.map((comparison) => withCommunity(comparison, tallies)),
      };
}

export function withCommunity(
  comparison: ComparisonContent,
  tallies: ReadonlyMap<string, Tally>,
): ComparisonContent {
  const [a, b] = comparison.tools;
  return {
    ...comparison,
    tools: [
      { ...a, community: describeCommunity(tallies.get(a.slug)) },
      { ...b, community: describeCommunity(tallies.get(b.slug)) },
    ],
  };
}
