import type { ComparisonFacts, ToolFacts } from '../../comparisons/show/facts.ts';
import { disagreementOf, panelOf, panelPercent } from '../../comparisons/show/panel.ts';
import { communityPercent, type Tally } from '../../votes/tally/tally.ts';

/** Points out of 100, and the reasons for them. */
export interface Score {
  points: number;
  reasons: string[];
}

const WEIGHTS = { disagreement: 40, gap: 20, freshness: 20, variety: 20 };
const DAY_MS = 86_400_000;
const STALE_AFTER_DAYS = 14;

/** Scores disagreement within the panel, the gap between panel and readers, freshness, and variety of categories. */
export function scoreComparison(
  comparison: ComparisonFacts,
  community: ReadonlyMap<string, Tally>,
  pickedCategories: ReadonlySet<string>,
  now: Date,
): Score {
  const parts = [
    scoreDisagreement(comparison.tools),
    scoreGap(comparison.tools, community),
    scoreFreshness(comparison.published_at, now),
    scoreVariety(comparison.tools, pickedCategories),
  ];
  return {
    points: Math.round(parts.reduce((sum, part) => sum + part.points, 0) * 10) / 10,
    reasons: parts.flatMap((part) => part.reasons),
  };
}

function scoreDisagreement(tools: readonly ToolFacts[]): Score {
  const panels = tools.map((tool) => panelOf(tool.reviews));
  const share = panels.reduce((sum, panel) => sum + disagreementOf(panel), 0) / panels.length;
  const splits = tools.map((tool, index) => {
    const { ship = 0, of = 0 } = panels[index] ?? {};
    return `${ship}–${of - ship} on ${tool.name}`;
  });
  return { points: WEIGHTS.disagreement * share, reasons: [`the panel votes ${splits.join(', ')}`] };
}

function scoreGap(tools: readonly ToolFacts[], community: ReadonlyMap<string, Tally>): Score {
  const gaps = tools.map((tool) => {
    const readers = communityPercent(community.get(tool.slug));
    const panel = panelPercent(panelOf(tool.reviews));
    return { tool, gap: readers === undefined || panel === undefined ? 0 : Math.abs(readers - panel) };
  });
  const widest = gaps.reduce((best, next) => (next.gap > best.gap ? next : best));
  return widest.gap === 0
    ? { points: 0, reasons: [] }
    : {
        points: (WEIGHTS.gap * widest.gap) / 100,
        reasons: [`panel and readers are ${widest.gap} points apart on ${widest.tool.name}`],
      };
}

function scoreFreshness(publishedAt: Date, now: Date): Score {
  const days = Math.max(0, (now.getTime() - publishedAt.getTime()) / DAY_MS);
  const whole = Math.floor(days);
  return {
    points: WEIGHTS.freshness * Math.max(0, 1 - days / STALE_AFTER_DAYS),
    reasons: [
      whole === 0
        ? 'published less than a day before the draft'
        : `published ${whole} day${whole === 1 ? '' : 's'} before the draft`,
    ],
  };
}

function scoreVariety(tools: readonly ToolFacts[], picked: ReadonlySet<string>): Score {
  const categories = [...new Set(tools.map((tool) => tool.category))];
  const fresh = categories.filter((category) => !picked.has(category));
  const points = (WEIGHTS.variety * fresh.length) / categories.length;
  return fresh.length > 0
    ? { points, reasons: [`first in this issue from ${fresh.join(' and ')}`] }
    : { points, reasons: [`already in this issue: ${categories.join(' and ')}`] };
}
