import { writeFileSync } from 'node:fs';
import { seededRandom } from '../support/seeded-random.ts';
import { addUp, type Figures } from './votes/figures.ts';
import { type NamedMix, OTHER_MIXES, SCANNED_MIXES, STUFFED_MIXES } from './votes/mixes.ts';
import { type Judged, openOurPolicy } from './votes/our-policy.ts';
import { plotErrors, plotStuffers, type Stuffed } from './votes/plot.ts';
import { type Mix, populate } from './votes/population.ts';
import { SIMPLE_POLICIES } from './votes/simple-policies.ts';
import { planStuffer, type StufferKind } from './votes/stuffers.ts';
import { type Plan, planWeek } from './votes/week.ts';

const OURS = 'ours';
const WEEKS = Number(process.env.WEEKS ?? 5);
const STUFFED_MAILBOXES = 100;

interface Simulated {
  policies: Map<string, Figures>;
  /** The figures without one of our rules, by the name of that rule. */
  without: Map<string, Figures>;
}

/**
 * What each way of voting from a mail would show in the last of several weeks, with scanners, people and stuffers
 * around; and what ours would show without each of its rules. `SEED=…` repeats a run, `PLOT=docs/votes` draws it,
 * `MIXES=…` runs only the mixes whose names contain this text.
 */
export async function benchVotes(): Promise<void> {
  const seed = process.env.SEED ?? String(Date.now() % 1_000_000);
  const isWanted = ({ name }: NamedMix) => name.includes(process.env.MIXES ?? '');
  console.log(`Votes, week ${WEEKS}, seed ${seed}. Of 100:`);
  const simulated = new Map<NamedMix, Simulated>();
  for (const named of [...SCANNED_MIXES, ...OTHER_MIXES].filter(isWanted)) {
    const simulation = simulate(named.mix, seed);
    simulated.set(named, simulation);
    printMix(named.name, simulation.policies);
  }
  printAblation(simulated);
  const stuffed = STUFFED_MIXES.filter(isWanted).map(({ name, mix, stuffer }) => ({
    name,
    ...movedBy(simulate(mix, seed, stuffer)),
  }));
  printStuffers(stuffed);
  if (process.env.PLOT) {
    const all = SCANNED_MIXES.map((named) => simulated.get(named)!.policies);
    const lines = [...all[0]!.keys()].map((name) => ({
      name,
      errors: all.map((policies) => policies.get(name)?.error_points ?? 0),
    }));
    const shares = SCANNED_MIXES.map(({ mix }) => mix.scanned_percent);
    writeFileSync(`${process.env.PLOT}.svg`, await plotErrors(shares, lines));
    writeFileSync(`${process.env.PLOT}-stuffers.svg`, await plotStuffers(stuffed));
  }
}

/**
 * By how many points a stuffer moves the shown share, with the rule about crowds and if all of the stuffer's votes
 * counted.
 */
function movedBy({ policies, without }: Simulated): Omit<Stuffed, 'name'> {
  const others = [...policies].filter(([policy]) => policy !== OURS);
  return {
    ours: policies.get(OURS)!.moved_points,
    counted: without.get('one origin')!.moved_points,
    others: others.map(([policy, { moved_points }]) => `${policy} ${moved_points.toFixed(2)}`),
  };
}

export function simulate(mix: Mix, seed: string, stuffer?: StufferKind): Simulated {
  const random = seededRandom(`${seed} ${JSON.stringify(mix)}`);
  const readers = populate(mix, random);
  const ours = openOurPolicy(readers, random);
  let plans: Plan[] = [];
  let judged: Judged = { results: new Map(), without: {} };
  for (let week = 1; week <= WEEKS; week++) {
    plans = planWeek(readers, mix.habits, random);
    if (stuffer && week === WEEKS) {
      plans.push(...planStuffer(stuffer, STUFFED_MAILBOXES, mix, random));
    }
    judged = ours(plans, week === WEEKS);
  }
  const policies = new Map(
    Object.entries(SIMPLE_POLICIES).map(([name, policy]) => [
      name,
      addUp(plans.map((plan) => [plan, policy(plan)] as const)),
    ]),
  );
  return {
    policies: policies.set(OURS, addUp(judged.results)),
    without: new Map(Object.entries(judged.without).map(([rule, results]) => [rule, addUp(results)])),
  };
}

const percent = (share: number) => (100 * share).toFixed(2).padStart(6);

function printMix(name: string, policies: ReadonlyMap<string, Figures>): void {
  console.log(`\n${name}`);
  for (const [policy, figures] of policies) {
    console.log(
      `  ${policy.padEnd(42)} false ${percent(figures.false_of_counted)}  lost ${percent(figures.lost_of_cast)}  ` +
        `asked ${percent(figures.asked_on_scanned)} scanned ${percent(figures.asked_elsewhere)} elsewhere  ` +
        `gave up ${percent(figures.gave_up_of_people)}  share off by ${figures.error_points.toFixed(2).padStart(5)} points`,
    );
  }
}

/**
 * What each rule achieves and costs: the mix in which leaving it out does the most harm, and the one in which it does
 * the most good.
 */
function printAblation(simulated: ReadonlyMap<NamedMix, Simulated>): void {
  console.log(
    '\nours without a rule: the most false votes that it keeps out, the most lost ones that it costs',
  );
  const rules = [...simulated.values()][0]?.without.keys() ?? [];
  for (const rule of rules) {
    const changes = [...simulated].map(([{ name }, { policies, without }]) => ({
      name,
      before: policies.get(OURS)!,
      after: without.get(rule)!,
    }));
    const [kept] = changes.toSorted((a, b) => gain(b, 'false_of_counted') - gain(a, 'false_of_counted'));
    const [cost] = changes.toSorted((a, b) => gain(a, 'lost_of_cast') - gain(b, 'lost_of_cast'));
    console.log(
      `  ${rule.padEnd(20)} false ${percent(kept!.before.false_of_counted)} → ${percent(kept!.after.false_of_counted)} (${kept!.name})  ` +
        `lost ${percent(cost!.before.lost_of_cast)} → ${percent(cost!.after.lost_of_cast)} (${cost!.name})`,
    );
  }
}

function gain(
  { before, after }: { before: Figures; after: Figures },
  figure: 'false_of_counted' | 'lost_of_cast',
): number {
  return after[figure] - before[figure];
}

function printStuffers(stuffed: readonly Stuffed[]): void {
  console.log(
    `\npoints that ${STUFFED_MAILBOXES} mailboxes of a stuffer move; if all of their votes counted`,
  );
  for (const { name, ours, counted, others } of stuffed) {
    console.log(
      `  ${name.padEnd(14)} ${ours.toFixed(2)}; ${counted.toFixed(2)}; beside scanners: ${others.join(', ')}`,
    );
  }
}
