import type { KnownMailClass, LearnedMailClass } from '../../database/schema.ts';
import { wilson } from '../tally/tally.ts';
import type { Thresholds } from '../../config/settings/judging-settings.ts';

/** Deliveries to a domain or mail host and the activity on their vote links, weighted so that older ones count less. */
export interface Figures {
  deliveries: number;
  /** Deliveries with both links of several tools opened within a minute. */
  swept: number;
  /** Deliveries with a link opened within minutes of delivery. */
  early: number;
  /** Deliveries voted on by button within `pressing_minutes`, which few people do. */
  voted_early: number;
}

/**
 * The class that the figures establish; undefined while they are not significant. Of a mail host only if it differs from the known
 * one: of a domain it has to be said, since it is for others at the same host what that one is for most.
 */
export function learnClass(
  { deliveries, swept, early, voted_early }: Figures,
  known: KnownMailClass | undefined,
  { learn_percent, learn_pressed_percent, learn_clean_percent }: Thresholds,
): LearnedMailClass | undefined {
  const opened = wilson(Math.max(swept, early), deliveries);
  if (wilson(voted_early, deliveries).low > learn_pressed_percent / 100) {
    return 'pressed';
  }
  if (opened.low > learn_percent / 100) {
    return known === 'scanned' ? undefined : 'scanned';
  }
  return known !== 'clean' && opened.high < learn_clean_percent / 100 ? 'clean' : undefined;
}
