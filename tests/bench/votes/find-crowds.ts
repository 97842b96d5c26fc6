import { THRESHOLDS } from '../../../src/config/settings/judging-settings.ts';
import { type CrowdVotes, findCrowds } from '../../../src/votes/crowds/_find-crowds.ts';
import type { Result } from './simple-policies.ts';
import { isNewReader } from './stuffers.ts';
import type { Plan } from './week.ts';

/** Removes the votes of crowds from those that count, by the service's own function. */
export function holdCrowds(results: ReadonlyMap<Plan, Result>): Map<Plan, Result> {
  const members = new Map<string, Plan[]>();
  for (const plan of results.keys()) {
    for (const name of namesOf(plan)) {
      members.set(name, [...(members.get(name) ?? []), plan]);
    }
  }
  const cohorts = [...members].filter(([, plans]) => plans.length >= THRESHOLDS.crowd_readers);
  const companions = new Set(cohorts.flatMap(([, plans]) => plans));
  const others = countVotes(
    [...results].filter(([plan]) => !companions.has(plan)).map(([, result]) => result),
  );
  const votes = cohorts.flatMap(([name, plans]): CrowdVotes[] => {
    const counts = countVotes(plans.map((plan) => results.get(plan)!));
    const voters = plans.filter((plan) => results.get(plan)!.counted.size > 0).length;
    return [...counts].map(([tool_slug, split]) => ({ name, tool_slug, voters, ...split }));
  });
  const crowds = findCrowds(votes, others, THRESHOLDS);
  const held = new Set([...crowds.keys()].flatMap((name) => members.get(name) ?? []));
  return new Map(
    [...results].map(([plan, result]) => [
      plan,
      held.has(plan) ? { ...result, counted: new Map<number, never>() } : result,
    ]),
  );
}

/** The keys of the crowds that the reader may be part of: where they joined from, and where they vote from. */
function namesOf({ reader }: Plan): string[] {
  return isNewReader(reader)
    ? [...reader.origins, ...(reader.network === undefined ? [] : [`source ${reader.network}`])]
    : [];
}

function countVotes(results: readonly Result[]): Map<string, { ship: number; skip: number }> {
  const counts = new Map<string, { ship: number; skip: number }>();
  for (const { counted } of results) {
    for (const [tool, choice] of counted) {
      const split = counts.get(String(tool)) ?? { ship: 0, skip: 0 };
      split[choice] += 1;
      counts.set(String(tool), split);
    }
  }
  return counts;
}
