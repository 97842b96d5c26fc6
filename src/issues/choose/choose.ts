import type { ComparisonFacts, ToolFacts } from '../../comparisons/show/facts.ts';
import type { Tally } from '../../votes/tally/tally.ts';
import { shiftWeek, type Week } from '../../week.ts';
import type { Origin, Rejection } from '../record/issue.ts';
import { pairTools } from './_pair-tools.ts';
import { findFaults } from './_quality.ts';
import { type Score, scoreComparison } from './_score.ts';

export interface Pick {
  comparison: ComparisonFacts;
  origin: Origin;
  points: number;
  reasons: string[];
}

export interface Choice {
  /** The lead first. */
  picks: Pick[];
  rejections: Rejection[];
}

export interface ChoosingInput {
  week: Week;
  now: Date;
  /** Comparisons published after this count as new this week. */
  cutOff: Date;
  /** Published by `now`, newest first. */
  comparisons: readonly ComparisonFacts[];
  newTools: readonly ToolFacts[];
  reviewers: readonly { slug: string; name: string }[];
  usedComparisons: ReadonlySet<string>;
  usedTools: readonly { slug: string; week: Week; revision: number }[];
  community: ReadonlyMap<string, Tally>;
  max: number;
  /** With fewer new comparisons than this, pairs of new tools are added, then older comparisons. */
  min: number;
}

/** Depends on its input alone, so that the same week always gives the same issue. */
export function chooseComparisons(input: ChoosingInput): Choice {
  const choice: Choice = { picks: [], rejections: [] };
  const isNew = (comparison: ComparisonFacts) => comparison.published_at > input.cutOff;
  const older = input.comparisons.filter(
    (comparison) => !isNew(comparison) && !input.usedComparisons.has(comparison.slug),
  );
  pickBest(choice, input, 'published', input.comparisons.filter(isNew), input.max);
  pickBest(choice, input, 'paired', pairTools(input.newTools, input.comparisons, input.now), input.min);
  pickBest(choice, input, 'older', older, input.min);
  return choice;
}

const ORIGIN_WORDS: Record<Origin, string> = {
  published: "published since the last issue's cut-off",
  paired: 'newly reviewed tools of one category, not compared before',
  older: 'not used before; there were too few new comparisons this week',
};

function pickBest(
  choice: Choice,
  input: ChoosingInput,
  origin: Origin,
  pool: readonly ComparisonFacts[],
  upTo: number,
) {
  if (choice.picks.length >= upTo && origin !== 'published') {
    return;
  }
  let remaining = rejectUnfit(choice, input, pool);
  while (remaining.length > 0 && choice.picks.length < upTo) {
    const { best, score } = findBest(remaining, input, choice.picks);
    choice.picks.push({
      comparison: best,
      origin,
      points: score.points,
      reasons: [ORIGIN_WORDS[origin], ...score.reasons],
    });
    remaining = rejectClashes(choice, remaining, best);
  }
  choice.rejections.push(
    ...remaining.map(({ slug }) => ({ slug, reasons: [`ranked below the ${upTo} chosen`] })),
  );
}

function rejectUnfit(
  choice: Choice,
  input: ChoosingInput,
  pool: readonly ComparisonFacts[],
): ComparisonFacts[] {
  return pool.filter((comparison) => {
    const reasons = [
      ...findFaults(comparison, input.reviewers, input.now),
      ...comparison.tools.flatMap((tool) => findRecentUse(tool, input)),
      ...comparison.tools.flatMap((tool) => findClash(tool, choice.picks)),
    ];
    if (reasons.length > 0) {
      choice.rejections.push({ slug: comparison.slug, reasons });
    }
    return reasons.length === 0;
  });
}

function rejectClashes(
  choice: Choice,
  remaining: readonly ComparisonFacts[],
  best: ComparisonFacts,
): ComparisonFacts[] {
  return remaining.filter((comparison) => {
    const reasons = comparison.tools.flatMap((tool) => findClash(tool, choice.picks));
    if (comparison !== best && reasons.length > 0) {
      choice.rejections.push({ slug: comparison.slug, reasons });
    }
    return reasons.length === 0;
  });
}

function findRecentUse(tool: ToolFacts, { usedTools, week }: ChoosingInput): string[] {
  const recent = usedTools.find(
    (used) => used.slug === tool.slug && used.week > shiftWeek(week, -4) && used.revision === tool.revision,
  );
  return recent ? [`${tool.name} was in ${recent.week} and has not changed since`] : [];
}

function findClash(tool: ToolFacts, picks: readonly Pick[]): string[] {
  const isPicked = picks.some(({ comparison }) => comparison.tools.some(({ slug }) => slug === tool.slug));
  return isPicked ? [`${tool.name} is in this issue already`] : [];
}

function findBest(remaining: readonly ComparisonFacts[], input: ChoosingInput, picks: readonly Pick[]) {
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
