import type { Verdict } from '../../../src/database/schema.ts';
import type { Plan } from './week.ts';

/** What a policy counted for one reader: the shown choice by tool; and what it asked the person to do. */
export interface Result {
  counted: ReadonlyMap<number, Verdict>;
  /** The tools on which the person voted, having done everything that was asked. */
  cast: ReadonlySet<number>;
  was_asked: boolean;
  gave_up: boolean;
}

interface Event {
  tool: number;
  choice: Verdict;
  at: number;
}

/** How other services count votes, each as a function of what people and scanners do. */
export const SIMPLE_POLICIES: Record<string, (plan: Plan) => Result> = {
  'a GET votes, the last one wins (Zendesk)': (plan) => countGets(plan, () => true),
  'a GET votes after 10 s': (plan) => countGets(plan, ({ at }) => at >= 10),
  'a GET votes unless in a burst': (plan) => countGets(plan, ({ at }) => countNear(plan, at) < 3),
  'the page posts by script (Ghost)': (plan) => {
    const posts = [
      ...plan.openings
        .filter(({ runs_scripts }) => runs_scripts)
        .map((one) => ({ ...one, at: one.at + 0.5 })),
      ...plan.answers.map((one) => ({ ...one, at: one.at + 0.5 })),
    ];
    return { ...everythingCast(plan), counted: lastOf(posts) };
  },
  'a button for all (Keila, pollmd)': (plan) => {
    const tapped = plan.answers.filter(({ by, would_tap }) => would_tap || by === 'ballot');
    const pressed = plan.openings
      .filter(({ presses }) => presses)
      .map((one) => ({ ...one, at: one.at + 0.5 }));
    return {
      counted: lastOf([...pressed, ...tapped.map((one) => ({ ...one, at: one.at + 3 }))]),
      cast: new Set(tapped.map(({ tool }) => tool)),
      was_asked: plan.answers.length > 0,
      gave_up: tapped.length < plan.answers.length,
    };
  },
};

function countGets(plan: Plan, counts: (event: Event) => boolean): Result {
  const gets = [...plan.openings, ...plan.answers.filter(({ by }) => by === 'link')].filter(counts);
  const ballots = plan.answers.filter(({ by }) => by === 'ballot');
  return { ...everythingCast(plan), counted: lastOf([...gets, ...ballots]) };
}

function everythingCast({ answers }: Plan): Omit<Result, 'counted'> {
  return { cast: new Set(answers.map(({ tool }) => tool)), was_asked: false, gave_up: false };
}

function countNear({ openings, answers }: Plan, at: number): number {
  return [...openings, ...answers].filter((other) => Math.abs(other.at - at) <= 2).length;
}

function lastOf(events: readonly Event[]): Map<number, Verdict> {
  const inOrder = events.toSorted((a, b) => a.at - b.at);
  return new Map(inOrder.map(({ tool, choice }) => [tool, choice]));
}
