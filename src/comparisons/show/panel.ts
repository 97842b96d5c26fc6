import type { Verdict } from '../../database/schema.ts';

/** How many of the panel's reviewers would ship a tool. */
export interface Panel {
  ship: number;
  of: number;
}

export function panelOf(reviews: readonly { verdict: Verdict }[]): Panel {
  return { ship: reviews.filter((review) => review.verdict === 'ship').length, of: reviews.length };
}

/** A whole percentage, or undefined for an empty panel. */
export function panelPercent(panel: Panel): number | undefined {
  return panel.of === 0 ? undefined : Math.round((100 * panel.ship) / panel.of);
}

/** 0 if the panel is unanimous about the tool, 1 if it is split in half. */
export function disagreementOf(panel: Panel): number {
  return panel.of === 0 ? 0 : (2 * Math.min(panel.ship, panel.of - panel.ship)) / panel.of;
}
