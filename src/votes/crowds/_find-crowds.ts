import type { Thresholds } from '../../config/settings/judging-settings.ts';
import type { CrowdFacts, CrowdTool } from '../../database/schema.ts';
import { chanceOf, type Split } from './_chance.ts';

/** The votes of new readers of one origin on one tool, including those that are held only because of that origin. */
export interface CrowdVotes extends Split {
  name: string;
  tool_slug: string;
  /** How many readers of the origin voted, on any tool. */
  voters: number;
}

/**
 * The crowds, by name: at least `crowd_readers` new readers of one origin who voted on a tool so one-sidedly that the
 * same number of others would hardly ever do so. `others` has the votes, by tool, of all readers who are in no cohort,
 * so that one crowd is never compared with another. It makes no difference which votes are held already.
 */
export function findCrowds(
  votes: readonly CrowdVotes[],
  others: ReadonlyMap<string, Split>,
  { crowd_readers, crowd_chance }: Thresholds,
): Map<string, CrowdFacts> {
  const byName = Map.groupBy(votes, ({ name }) => name);
  const crowds = [...byName].map(([name, ofCrowd]) => [name, describe(ofCrowd, others)] as const);
  return new Map(
    crowds.filter(([, { voters, tools }]) => {
      // The more tools are compared, the more often one of them differs by chance (Bonferroni correction).
      const chance = Math.min(...tools.map((tool) => tool.chance)) * tools.length;
      return voters >= crowd_readers && chance < crowd_chance;
    }),
  );
}

function describe(votes: readonly CrowdVotes[], others: ReadonlyMap<string, Split>): CrowdFacts {
  const tools = votes
    .map(({ tool_slug, ship, skip }): CrowdTool => {
      const other = others.get(tool_slug) ?? { ship: 0, skip: 0 };
      const chance = chanceOf({ ship, skip }, other);
      return { tool_slug, ship, skip, others_ship: other.ship, others_skip: other.skip, chance };
    })
    .toSorted((a, b) => a.chance - b.chance || (a.tool_slug > b.tool_slug ? 1 : -1));
  return { voters: votes[0]?.voters ?? 0, tools };
}
