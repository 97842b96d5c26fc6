import type { Thresholds } from '../../config/settings/judging-settings.ts';
import type { CrowdFacts, CrowdTool } from '../../database/schema.ts';
import { chanceOf, type Split } from './_chance.ts';

/** The votes of new readers of one origin on one tool; those that only this would hold are among them. */
export interface CrowdVotes extends Split {
  name: string;
  tool_slug: string;
  /** Of the crowd, on any tool. */
  voters: number;
}

/**
 * The crowds, by name: at least `crowd_readers` new readers of one origin who voted on a tool so one-sidedly that as many others
 * hardly would have. `others` are the votes, by tool, of all readers who are in no such company, so that one crowd is never
 * compared with another. Which votes are held already makes no difference.
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
      // One of several comparisons is more often unlikely than a single one (Bonferroni).
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
