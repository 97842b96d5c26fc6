import type { KnownMailClass, LearnedMailClass } from '../../database/schema.ts';
import { wilson } from '../tally/tally.ts';
import type { Thresholds } from '../../config/settings/judging-settings.ts';

/** Deliveries to a domain or mail host and the activity on their vote links, weighted so that older ones count less. */
export interface Figures {
  deliveries: number;
  /** Deliveries for which both links of several tools were opened within `swept_seconds` of each other. */
  swept: number;
  /** Deliveries with a link that was opened within `learn_opened_minutes`. */
  early: number;
  /** Deliveries with a vote by button within `pressing_minutes`, which few people cast. */
  voted_early: number;
  /**
   * Deliveries with a link that was opened, at any time, by what showed no sign of a person: no interaction, no press and no cookie.
   * A scanner that comes late is seen by nothing else.
   */
  untouched: number;
}

/**
 * The class that the figures establish; undefined while they are not significant, or if `known` is that class already.
 * For a mail host, `known` is its known class. For a domain it must be undefined, so that its class is always stored:
 * the host's class is only that of most of its domains. `host`: the known class of the mail host, for both. Where that is
 * clean, a few quick readers are no scanner: with few deliveries, most of them must be early, unless links were swept.
 */
export function learnClass(
  { deliveries, swept, early, voted_early, untouched }: Figures,
  known: KnownMailClass | undefined,
  host: KnownMailClass,
  {
    learn_percent,
    learn_pressed_percent,
    learn_clean_percent,
    learn_few_deliveries,
    learn_few_percent,
  }: Thresholds,
): LearnedMailClass | undefined {
  const isFew = host === 'clean' && deliveries < learn_few_deliveries;
  const limits = isFew
    ? { opened: learn_few_percent, pressed: learn_few_percent }
    : { opened: learn_percent, pressed: learn_pressed_percent };
  const opened = wilson(Math.max(swept, early), deliveries);
  if (wilson(voted_early, deliveries).low > limits.pressed / 100) {
    return 'pressed';
  }
  const unseen = wilson(untouched, deliveries);
  // Few people open a link and do nothing there.
  const isScanned =
    opened.low > limits.opened / 100 ||
    wilson(swept, deliveries).low > learn_percent / 100 ||
    unseen.low > limits.pressed / 100;
  if (isScanned) {
    return known === 'scanned' ? undefined : 'scanned';
  }
  const isClean = opened.high < learn_clean_percent / 100 && unseen.low <= learn_clean_percent / 100;
  return known !== 'clean' && isClean ? 'clean' : undefined;
}
