import type { Thresholds } from '../../config/settings/judging-settings.ts';
import type { Cast } from '../evidence/evidence.ts';
import { castsWithin, isWithinMinutesOfDelivery, type RuleInput } from './_rule-input.ts';
import { scanningOf } from './_scanning.ts';

/** A person was seen to cast the vote. */
export function isHuman(input: RuleInput): boolean {
  return hasInteraction(input) || isRevote(input);
}

/**
 * The reader saw that the vote is held and pressed its button again: on the page that said so or, where scanners do not
 * press buttons, on a later page and with nothing else beside it, since a scanner that comes twice opens all links
 * twice.
 */
function isRevote(input: RuleInput): boolean {
  const { cast, casts, mail_class, thresholds } = input;
  if (isOnAnswerPage(cast, casts, thresholds)) {
    return true;
  }
  return (
    !scanningOf(mail_class).presses &&
    cast.way === 'button' &&
    listEarlier(cast, casts, thresholds).length > 0 &&
    castsWithin(input, thresholds.both_choices_seconds).every(
      (other) => other === cast || other.way === 'ballot' || isSurelyByPerson(other, casts, thresholds),
    )
  );
}

/**
 * A vote with the cookie of a person's browser, or a second press: not part of a scanner's sweep, whatever else
 * happened within seconds of it.
 */
function isSurelyByPerson(cast: Cast, casts: readonly Cast[], thresholds: Thresholds): boolean {
  return cast.is_remembered || isOnAnswerPage(cast, casts, thresholds);
}

/**
 * Pressed, after a pause, on the page that answered an earlier vote of the same choice: by its large button or in the
 * ballot below.
 */
function isOnAnswerPage(cast: Cast, casts: readonly Cast[], thresholds: Thresholds): boolean {
  return (
    cast.way !== 'automatic' &&
    listEarlier(cast, casts, thresholds).some(({ cast_at }) => {
      const until_ms = cast_at.getTime() + thresholds.answered_seconds * 1_000;
      return (
        cast.rendered_at !== null && cast.rendered_at >= cast_at && cast.rendered_at.getTime() <= until_ms
      );
    })
  );
}

/** Casts of the same choice on this tool, well before this press. */
function listEarlier(cast: Cast, casts: readonly Cast[], thresholds: Thresholds): Cast[] {
  const before = new Date(cast.cast_at.getTime() - thresholds.both_choices_seconds * 1_000);
  return casts.filter(
    ({ tool_slug, choice, cast_at }) =>
      tool_slug === cast.tool_slug && choice === cast.choice && cast_at < before,
  );
}

/** There was human interaction on the page that cannot be a scanner's. */
export function hasInteraction(input: RuleInput): boolean {
  return input.cast.hand_at !== null && !mayBeScannersHand(input);
}

/**
 * Where scanners press buttons, they may also fake human interaction. For minutes after delivery, every visit may be a
 * scanner's. For hours after it, a visit may be if no other link of the mail was opened well before, or if it comes
 * from one of the scanners' machines.
 */
function mayBeScannersHand(input: RuleInput): boolean {
  const { mail_class, thresholds } = input;
  if (mayRepeatScannersPress(input)) {
    return true;
  }
  if (!scanningOf(mail_class).presses || !isWithinMinutesOfDelivery(input, thresholds.pressing_hours * 60)) {
    return false;
  }
  const isEarly = isWithinMinutesOfDelivery(input, thresholds.pressing_minutes);
  return isEarly || !hasEarlierVisit(input) || isFromScannersMachine(input);
}

/**
 * Where scanners press buttons, one that comes again does what it did before: this link was pressed earlier, and nothing
 * else of the mail had been opened until then.
 */
export function mayRepeatScannersPress(input: RuleInput): boolean {
  const { cast, casts, mail_class, opens, thresholds } = input;
  return (
    scanningOf(mail_class).presses &&
    listEarlier(cast, casts, thresholds).some((earlier) => {
      const until_ms = earlier.cast_at.getTime() + thresholds.visit_seconds * 1_000;
      return opens.every(
        ({ tool_slug, choice, first_at }) =>
          (tool_slug === cast.tool_slug && choice === cast.choice) || first_at.getTime() > until_ms,
      );
    })
  );
}

/** Another link of this mail was first opened well before this page was rendered. */
function hasEarlierVisit({ cast, opens, thresholds }: RuleInput): boolean {
  const limit_ms = (cast.rendered_at ?? cast.cast_at).getTime() - thresholds.visit_seconds * 1_000;
  return opens.some(
    ({ tool_slug, choice, first_at }) =>
      (tool_slug !== cast.tool_slug || choice !== cast.choice) && first_at.getTime() < limit_ms,
  );
}

/** Many readers' votes came from this source soon after delivery. */
function isFromScannersMachine({ cast, thresholds }: RuleInput): boolean {
  return cast.early_source_readers >= thresholds.pressing_readers;
}
