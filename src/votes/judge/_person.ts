import type { Cast } from './evidence.ts';
import { castsWithin, isWithinMinutesOfDelivery, type RuleInput } from './_rule-input.ts';

/** A person was seen to cast it. */
export function isHuman(input: RuleInput): boolean {
  return hasInteraction(input) || isLoneRevote(input);
}

/**
 * The reader saw that the vote is held and pressed its button again, and nothing else but the ballot below it. Where scanners
 * press buttons, only on the page that said so: a scanner that comes twice opens the link twice.
 */
function isLoneRevote(input: RuleInput): boolean {
  const { cast, casts, mail_class, thresholds } = input;
  const before = new Date(cast.cast_at.getTime() - thresholds.both_choices_seconds * 1_000);
  const isAnswered = ({ cast_at }: Cast) => {
    const until_ms = cast_at.getTime() + thresholds.answered_seconds * 1_000;
    return cast.rendered_at !== null && cast.rendered_at >= cast_at && cast.rendered_at.getTime() <= until_ms;
  };
  return (
    cast.way === 'button' &&
    castsWithin(input, thresholds.both_choices_seconds).filter(({ way }) => way !== 'ballot').length === 1 &&
    casts.some(
      (held) =>
        held.tool_slug === cast.tool_slug &&
        held.choice === cast.choice &&
        held.cast_at < before &&
        (mail_class !== 'pressed' || isAnswered(held)),
    )
  );
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
