import { writeFileSync } from 'node:fs';
import type { Verdict } from '../../src/database/schema.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { openOurPolicy } from './votes/our-policy.ts';
import { plotErrors } from './votes/plot.ts';
import { DEFAULT_MIX, type Mix, populate } from './votes/population.ts';
import { type Result, SIMPLE_POLICIES } from './votes/simple-policies.ts';
import { type Plan, planWeek } from './votes/week.ts';

const OURS = 'ours';
const WEEKS = 5;
const SHARES = [1, 5, 25, 50];
/** Mixes that the rules were not made for. */
const OTHER_MIXES: Record<string, Partial<Mix>> = {
  'only scanners that open one link and run it': { scanners: ['one link'] },
  'only scanners that open one link and press it': { scanners: ['one press'] },
  'half of the scanners at hosts nobody listed': { unlisted_share: 0.5 },
  'a tenth of the scanners behind a clean host': { disguised_share: 0.1 },
};

export interface Figures {
  /** Shares from 0 to 1. */
  false_of_counted: number;
  lost_of_cast: number;
  gave_up_of_people: number;
  asked_on_scanned: number;
  asked_elsewhere: number;
  /** Points of per cent between the shown share and what people said. */
  error_points: number;
}

/**
 * What each way of voting from a mail would show with scanners about, in the last of some weeks. `SEED=…` repeats a run,
 * `PLOT=FILE` draws it.
 */
export async function benchVotes(): Promise<void> {
  const seed = process.env.SEED ?? String(Date.now() % 1_000_000);
  console.log(`Votes, ${DEFAULT_MIX.readers} readers, week ${WEEKS}, seed ${seed}. Of 100:`);
  const simulations = SHARES.map((scanned_percent) => {
    const policies = simulate({ ...DEFAULT_MIX, scanned_percent }, seed);
    printMix(`${scanned_percent} % of mailboxes scanned`, policies);
    return policies;
  });
  for (const [name, changes] of Object.entries(OTHER_MIXES)) {
    const mix = { ...DEFAULT_MIX, scanned_percent: 25, ...changes };
    printMix(`25 %, ${name}`, new Map([[OURS, simulate(mix, seed).get(OURS)!]]));
  }
  if (process.env.PLOT) {
    const lines = [...simulations[0]!.keys()].map((name) => ({
      name,
      errors: simulations.map((policies) => policies.get(name)?.error_points ?? 0),
    }));
    writeFileSync(process.env.PLOT, await plotErrors(SHARES, lines));
  }
}

export function simulate(mix: Mix, seed: string): Map<string, Figures> {
  const random = seededRandom(`${seed} ${JSON.stringify(mix)}`);
  const readers = populate(mix, random);
  const ours = openOurPolicy(readers, random);
  let plans: Plan[] = [];
  let results = new Map<Plan, Result>();
  for (let week = 1; week <= WEEKS; week++) {
    plans = planWeek(readers, random);
    results = ours(plans);
  }
  const figures = new Map(
    Object.entries(SIMPLE_POLICIES).map(([name, policy]) => [
      name,
      addUp(plans.map((plan) => [plan, policy(plan)])),
    ]),
  );
  return figures.set(OURS, addUp([...results]));
}

function addUp(results: readonly (readonly [Plan, Result])[]): Figures {
  const sum = { counted: 0, false: 0, cast: 0, lost: 0, people: 0, gave_up: 0 };
  const asked = { scanned: [0, 0], elsewhere: [0, 0] };
  const shown = { ship: 0, skip: 0 };
  const said = { ship: 0, skip: 0 };
  for (const [plan, { counted, cast, was_asked, gave_up }] of results) {
    const truth = truthOf(plan);
    for (const [tool, choice] of counted) {
      sum.counted += 1;
      sum.false += Number(truth.get(tool) !== choice);
      shown[choice] += 1;
    }
    for (const [tool, choice] of truth) {
      said[choice] += 1;
      sum.cast += Number(cast.has(tool));
      sum.lost += Number(cast.has(tool) && counted.get(tool) !== choice);
    }
    if (truth.size > 0) {
      const group = asked[plan.reader.domain.scanner ? 'scanned' : 'elsewhere'];
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
  };
}

function truthOf({ answers }: Plan): Map<number, Verdict> {
  const inOrder = answers.toSorted((a, b) => a.at - b.at);
  return new Map(inOrder.map(({ tool, choice }) => [tool, choice]));
}

function printMix(name: string, policies: Map<string, Figures>): void {
  console.log(`\n${name}`);
  for (const [policy, figures] of policies) {
    const percent = (share: number) => (100 * share).toFixed(2).padStart(6);
    console.log(
      `  ${policy.padEnd(42)} false ${percent(figures.false_of_counted)}  lost ${percent(figures.lost_of_cast)}  ` +
        `asked ${percent(figures.asked_on_scanned)} scanned ${percent(figures.asked_elsewhere)} elsewhere  ` +
        `gave up ${percent(figures.gave_up_of_people)}  share off by ${figures.error_points.toFixed(2).padStart(5)} points`,
    );
  }
}
