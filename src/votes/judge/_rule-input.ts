import type { Thresholds } from '../../config/judging-settings.ts';
import type { Cast, Circumstances } from './evidence.ts';

/** What a rule looks at: one cast, and all that is known beside it. */
export interface RuleInput extends Circumstances {
  cast: Cast;
  /** Every cast of the reader in this issue, this one included. */
  casts: readonly Cast[];
  thresholds: Thresholds;
}

/** Cast within `scanning_minutes` of delivery to a host that scans, or `pressing_hours` to one whose scanners press buttons. */
export function isInScanningWindow(input: RuleInput): boolean {
  const { mail_class, thresholds } = input;
  switch (mail_class) {
    case 'scanned':
      return isWithinMinutesOfDelivery(input, thresholds.scanning_minutes);
    case 'pressed':
      return isWithinMinutesOfDelivery(input, thresholds.pressing_hours * 60);
    case 'clean':
    case 'unknown':
      return false;
  }
}

/** Cast within this many minutes of Resend accepting the mail, or before its acceptance is known. */
export function isWithinMinutesOfDelivery({ cast, submitted_at }: RuleInput, minutes: number): boolean {
  return submitted_at === null || cast.cast_at.getTime() - submitted_at.getTime() < minutes * 60_000;
}

/** Human interaction on the page, where and when no scanner has hands. */
export function hasInteraction(input: RuleInput): boolean {
  return input.cast.hand_at !== null && !mayBeScannersHand(input);
}

/**
 * Where scanners press buttons, every visit within minutes of delivery may be theirs, and for hours the first one, one that repeats
 * it, and those from their machines.
 */
function mayBeScannersHand(input: RuleInput): boolean {
  const { mail_class, thresholds } = input;
  if (mail_class !== 'pressed' || !isWithinMinutesOfDelivery(input, thresholds.pressing_hours * 60)) {
    return false;
  }
  const isEarly = isWithinMinutesOfDelivery(input, thresholds.pressing_minutes);
  return isEarly || !hasEarlierVisit(input) || isFromScannersMachine(input);
}

/** Somebody had opened another link of this mail well before this page was rendered. */
function hasEarlierVisit({ cast, opens, thresholds }: RuleInput): boolean {
  const limit_ms = (cast.rendered_at ?? cast.cast_at).getTime() - thresholds.visit_seconds * 1_000;
  return opens.some(
    ({ tool_slug, choice, first_at }) =>
      (tool_slug !== cast.tool_slug || choice !== cast.choice) && first_at.getTime() < limit_ms,
  );
}

/** So many readers' mails were visited from there as they came. */
function isFromScannersMachine({ cast, thresholds }: RuleInput): boolean {
  return cast.early_source_readers >= thresholds.pressing_readers;
}

/** Casts of the reader within this many seconds of this one, itself included. */
export function castsWithin({ cast, casts }: RuleInput, seconds: number): Cast[] {
  const at = cast.cast_at.getTime();
  return casts.filter((other) => Math.abs(other.cast_at.getTime() - at) <= seconds * 1_000);
}
