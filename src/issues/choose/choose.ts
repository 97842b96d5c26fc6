import type { ComparisonFacts, ToolFacts } from '../../comparisons/show/facts.ts';
import type { Tally } from '../../votes/tally/tally.ts';
import { shiftWeek, type Week } from '../../week.ts';
import type { PickSource, Rejection } from '../record/issue.ts';
import { pairTools } from './pair-tools.ts';
import { findDisqualifications } from './_eligibility.ts';
import { type Score, scoreComparison } from './_score.ts';

export interface PickedComparison {
  comparison: ComparisonFacts;
  origin: PickSource;
  points: number;
  reasons: string[];
}

export interface ChosenComparisons {
  /** The lead first. */
  picks: readonly PickedComparison[];
  rejections: readonly Rejection[];
}

export interface ChoosingInput {
  week: Week;
  now: Date;
  /** Comparisons published after this count as new this week. */
  cutOff: Date;
  /** Published by `now`, newest first. */
  comparisons: readonly ComparisonFacts[];
  newTools: readonly ToolFacts[];
  /** Pairs of new tools that are compared already, though perhaps not published. */
  compared: readonly (readonly [a: string, b: string])[];
  /** Slugs of comparisons that staff want in this issue, however recently their tools were in one. */
  pinned: readonly string[];
  /** Pinned comparisons that will be published later. */
  unpublished: readonly ComparisonFacts[];
  reviewers: readonly { slug: string; name: string }[];
  /** Comparisons of other issues, with the time at which the last one went out, or was drafted if it has not. */
  usedComparisons: ReadonlyMap<string, Date>;
  usedTools: readonly { slug: string; week: Week; revision: number }[];
  community: ReadonlyMap<string, Tally>;
  max: number;
  /** With fewer new comparisons than this, pairs of new tools are added, then older comparisons. */
  min: number;
}

/** Depends on its input alone, so that the same input always gives the same issue. */
export function chooseComparisons(input: ChoosingInput): ChosenComparisons {
  // A comparison that staff added to the last issue after its cut-off is not new, unless it was published again since.
  const isNew = ({ slug, published_at }: ComparisonFacts) =>
    published_at > input.cutOff && published_at > (input.usedComparisons.get(slug) ?? input.cutOff);
  const older = input.comparisons.filter(
    (comparison) =>
      !isNew(comparison) &&
      !input.usedComparisons.has(comparison.slug) &&
      !input.pinned.includes(comparison.slug),
  );
  const paired = pairTools(input.newTools, input.compared, input.now);
  const wanted = input.pinned.flatMap((slug) => input.comparisons.find((one) => one.slug === slug) ?? []);
  const start: ChosenComparisons = {
    picks: [],
    rejections: input.unpublished.map((comparison) => ({
      slug: comparison.slug,
      reasons: ['pinned, but not published yet'],
    })),
  };
  const pinned = addBest(start, input, 'pinned', wanted, input.max);
  const published = addBest(
    pinned,
    input,
    'published',
    input.comparisons.filter((one) => isNew(one) && !wanted.includes(one)),
    input.max,
  );
  const withPaired = addBest(published, input, 'paired', paired, input.min);
  return addBest(withPaired, input, 'older', older, input.min);
}

const ORIGIN_WORDS: Record<PickSource, string> = {
  pinned: 'pinned to this issue by staff',
  published: "published since the last issue's cut-off",
  paired: 'newly reviewed tools of one category, not compared before',
  older: 'not used before; there were too few new comparisons this week',
};

/**
 * Adds the best of `pool` until `upTo` comparisons are picked, and rejects all others, with reasons. If that many are
 * picked already, nothing changes, except that newly published comparisons are still rejected with reasons.
 */
function addBest(
  choice: ChosenComparisons,
  input: ChoosingInput,
  origin: PickSource,
  pool: readonly ComparisonFacts[],
  upTo: number,
): ChosenComparisons {
  if (choice.picks.length >= upTo && origin !== 'published') {
    return choice;
  }
  const unfit = splitBy(pool, (comparison) => [
    ...findDisqualifications(comparison, input.reviewers, input.now),
    ...(origin === 'pinned' ? [] : listRecentUses(comparison, input)),
    ...comparison.tools.flatMap((tool) => findClash(tool, choice.picks)),
  ]);
  let picks = choice.picks;
  let rejections = [...choice.rejections, ...unfit.rejections];
  let { remaining } = unfit;
  while (remaining.length > 0 && picks.length < upTo) {
    const { best, score } = findBest(remaining, input, picks);
    const reasons = [ORIGIN_WORDS[origin], ...score.reasons];
    const picked: readonly PickedComparison[] = [
      ...picks,
      { comparison: best, origin, points: score.points, reasons },
    ];
    const clashing = splitBy(
      remaining.filter((comparison) => comparison !== best),
      ({ tools }) => tools.flatMap((tool) => findClash(tool, picked)),
    );
    picks = picked;
    rejections = [...rejections, ...clashing.rejections];
    ({ remaining } = clashing);
  }
  const below = remaining.map(({ slug }) => ({ slug, reasons: [`ranked below the ${upTo} chosen`] }));
  return { picks, rejections: [...rejections, ...below] };
}

/** Splits the comparisons into those without objections and those rejected with reasons. */
function splitBy(
  comparisons: readonly ComparisonFacts[],
  reasonsAgainst: (comparison: ComparisonFacts) => string[],
): { remaining: readonly ComparisonFacts[]; rejections: readonly Rejection[] } {
  const judged = comparisons.map((comparison) => ({ comparison, reasons: reasonsAgainst(comparison) }));
  return {
    remaining: judged.filter(({ reasons }) => reasons.length === 0).map(({ comparison }) => comparison),
    rejections: judged
      .filter(({ reasons }) => reasons.length > 0)
      .map(({ comparison: { slug }, reasons }) => ({ slug, reasons })),
  };
}

/** In which other issues its tools were lately, with the same facts. */
export function listRecentUses({ tools }: ComparisonFacts, history: History): string[] {
  return tools.flatMap((tool) => findRecentUse(tool, history));
}

type History = Pick<ChoosingInput, 'usedTools' | 'week'>;

function findRecentUse(tool: ToolFacts, { usedTools, week }: History): string[] {
  const recent = usedTools.find(
    (used) =>
      used.slug === tool.slug &&
      used.week > shiftWeek(week, -4) &&
      used.week < shiftWeek(week, 4) &&
      used.revision === tool.revision,
  );
  return recent
    ? [`${tool.name} ${recent.week < week ? 'was' : 'will be'} in ${recent.week} and has not changed since`]
    : [];
}

function findClash(tool: ToolFacts, picks: readonly PickedComparison[]): string[] {
  const isPicked = picks.some(({ comparison }) => comparison.tools.some(({ slug }) => slug === tool.slug));
  return isPicked ? [`${tool.name} is in this issue already`] : [];
}

function findBest(
  remaining: readonly ComparisonFacts[],
  input: ChoosingInput,
  picks: readonly PickedComparison[],
) {
  const categories = new Set(
    picks.flatMap(({ comparison }) => comparison.tools.map((tool) => tool.category)),
  );
  const ranked = remaining
    .map((best): { best: ComparisonFacts; score: Score } => ({
      best,
      score: scoreComparison(best, input.community, categories, input.now),
    }))
    .toSorted((a, b) => b.score.points - a.score.points || compareNewest(a.best, b.best));
  return ranked[0] as (typeof ranked)[number];
}

function compareNewest(a: ComparisonFacts, b: ComparisonFacts): number {
  return b.published_at.getTime() - a.published_at.getTime() || (a.slug < b.slug ? -1 : 1);
}
