import type { Thresholds } from '../../config/settings/judging-settings.ts';
import type { Cast, LinkOpen } from '../evidence/evidence.ts';
import {
  castsWithin,
  isInScanningWindow,
  isWithinMinutesOfDelivery,
  isWithinPressingHours,
  type RuleInput,
} from './_rule-input.ts';
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
 * Where scanners open links, one of them may press buttons, even if few have been seen to: it may have begun to just now, or look at few
 * mails. While they come, that is a scanner's first visit unless another link of the mail was opened well before.
 * Where scanners press buttons, they may also fake human interaction. For minutes after delivery, every visit may be a
 * scanner's. For hours after it, a visit may be if no other link of the mail was opened well before, or if it comes
 * from one of the scanners' machines; and if it repeats what a scanner did then.
 */
function mayBeScannersHand(input: RuleInput): boolean {
  const { host_class, mail_class, thresholds } = input;
  if (!scanningOf(mail_class).presses) {
    return scanningOf(host_class).opens && isInScanningWindow(input) && !hasEarlierVisit(input);
  }
  const mayBeVisit =
    isWithinMinutesOfDelivery(input, thresholds.pressing_minutes) ||
    !hasEarlierVisit(input) ||
    isFromScannersMachine(input);
  return (isWithinPressingHours(input) && mayBeVisit) || mayRepeatScannersPress(input);
}

/**
 * A scanner that comes again within hours does what it did before: where scanners press buttons, this link was pressed
 * while they come, and either the reader has voted before with the cookie, which this press lacks, or no other link of the mail had been
 * opened until then, and the choice was not changed since.
 */
export function mayRepeatScannersPress(input: RuleInput): boolean {
  const { cast, casts, mail_class, thresholds } = input;
  const hours_ms = thresholds.pressing_hours * 3_600_000;
  const isFromOtherBrowser =
    !cast.is_remembered && casts.some((other) => other.is_remembered && other.cast_at < cast.cast_at);
  const isChanged = (since: Date) =>
    casts.some(
      ({ tool_slug, choice, cast_at }) =>
        tool_slug === cast.tool_slug && choice !== cast.choice && cast_at > since && cast_at < cast.cast_at,
    );
  return (
    scanningOf(mail_class).presses &&
    cast.way !== 'ballot' &&
    listEarlier(cast, casts, thresholds).some(
      (earlier) =>
        mayBeScanners(input, earlier) &&
        cast.cast_at.getTime() - earlier.cast_at.getTime() < hours_ms &&
        (isFromOtherBrowser ||
          (!listOtherOpens(input).some(({ first_at }) => first_at <= earlier.cast_at) &&
            !isChanged(earlier.cast_at))),
    )
  );
}

/** By a link, while scanners come, and nothing shows that it was a person. */
function mayBeScanners(input: RuleInput, earlier: Cast): boolean {
  return (
    earlier.way !== 'ballot' &&
    earlier.decision !== 'release' &&
    isWithinPressingHours({ ...input, cast: earlier }) &&
    !isSurelyByPerson(earlier, input.casts, input.thresholds)
  );
}

/** Another link of this mail was first opened well before this page was rendered. */
function hasEarlierVisit(input: RuleInput): boolean {
  const { cast, thresholds } = input;
  const limit_ms = (cast.rendered_at ?? cast.cast_at).getTime() - thresholds.visit_seconds * 1_000;
  return listOtherOpens(input).some(({ first_at }) => first_at.getTime() < limit_ms);
}

function listOtherOpens({ cast, opens }: RuleInput): LinkOpen[] {
  return opens.filter(({ tool_slug, choice }) => tool_slug !== cast.tool_slug || choice !== cast.choice);
}

/** Many readers' votes came from this source soon after delivery. */
function isFromScannersMachine({ cast, thresholds }: RuleInput): boolean {
  return cast.early_source_readers >= thresholds.pressing_readers;
}
