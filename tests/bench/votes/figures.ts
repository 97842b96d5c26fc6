import type { Verdict } from '../../../src/database/schema.ts';
import type { Result } from './simple-policies.ts';
import type { Plan } from './week.ts';

export interface Figures {
  /** Shares from 0 to 1. */
  false_of_counted: number;
  lost_of_cast: number;
  gave_up_of_people: number;
  asked_on_scanned: number;
  asked_elsewhere: number;
  /** Percentage points between the shown share and what people said. */
  error_points: number;
  /** By how many points a stuffer moved the shown share. */
  moved_points: number;
}

/** The figures of a policy for a week. A stuffer's votes belong to no person: they count only for the shown share. */
export function addUp(results: Iterable<readonly [Plan, Result]>): Figures {
  const sum = { counted: 0, false: 0, cast: 0, lost: 0, people: 0, gave_up: 0 };
  const asked = { scanned: [0, 0], elsewhere: [0, 0] };
  const shown = { ship: 0, skip: 0 };
  const honest = { ship: 0, skip: 0 };
  const said = { ship: 0, skip: 0 };
  for (const [plan, { counted, cast, was_asked, gave_up }] of results) {
    for (const choice of counted.values()) {
      shown[choice] += 1;
      honest[choice] += Number(!plan.reader.stuffs);
    }
    if (plan.reader.stuffs) {
      continue;
    }
    const truth = truthOf(plan);
    for (const [tool, choice] of counted) {
      sum.counted += 1;
      sum.false += Number(truth.get(tool) !== choice);
    }
    for (const [tool, choice] of truth) {
      said[choice] += 1;
      sum.cast += Number(cast.has(tool));
      sum.lost += Number(cast.has(tool) && counted.get(tool) !== choice);
    }
    if (truth.size > 0) {
      const group = asked[plan.reader.scanner ? 'scanned' : 'elsewhere'];
      group[0]! += Number(was_asked);
      group[1]! += 1;
      sum.people += 1;
      sum.gave_up += Number(gave_up);
    }
  }
  const shareOf = ({ ship, skip }: Record<Verdict, number>) => ship / (ship + skip);
  return {
    false_of_counted: sum.false / sum.counted,
    lost_of_cast: sum.lost / sum.cast,
    gave_up_of_people: sum.gave_up / sum.people,
    asked_on_scanned: asked.scanned[0]! / asked.scanned[1]!,
    asked_elsewhere: asked.elsewhere[0]! / asked.elsewhere[1]!,
    error_points: 100 * Math.abs(shareOf(shown) - shareOf(said)),
    moved_points: 100 * Math.abs(shareOf(shown) - shareOf(honest)),
  };
}

/**
 * What people said with a mail's links: its reader, or somebody who got it forwarded, unless the reader said otherwise.
 */
function truthOf({ answers, openings }: Plan): Map<number, Verdict> {
  const friends = openings.filter(
    ({ is_friend, tool }) => is_friend && answers.every((one) => one.tool !== tool),
  );
  const inOrder = [...friends, ...answers].toSorted((a, b) => a.at - b.at);
  return new Map(inOrder.map(({ tool, choice }) => [tool, choice]));
}
