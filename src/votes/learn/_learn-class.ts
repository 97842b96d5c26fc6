import type { KnownMailClass, LearnedMailClass } from '../../database/schema.ts';
import { wilson } from '../tally/tally.ts';
import type { Thresholds } from '../../config/judging-settings.ts';

/** Deliveries to a domain or mail host, older ones counting less, and what became of their vote links. */
export interface Figures {
  deliveries: number;
  /** Both links of several tools opened within a minute. */
  swept: number;
  /** A link opened within minutes of delivery. */
  early: number;
  /** Voted on by button while scanners are about, which few people do. */
  voted_early: number;
}

/** What the figures say that is not known already; undefined while they do not say it surely. */
export function learnClass(
  { deliveries, swept, early, voted_early }: Figures,
  known: KnownMailClass,
  { learn_percent, learn_clean_percent }: Thresholds,
): LearnedMailClass | undefined {
  const opened = wilson(Math.max(swept, early), deliveries);
  if (wilson(voted_early, deliveries).low > learn_percent / 100) {
    return 'pressed';
  }
  if (opened.low > learn_percent / 100) {
    return known === 'scanned' ? undefined : 'scanned';
  }
  return known !== 'clean' && opened.high < learn_clean_percent / 100 ? 'clean' : undefined;
}
