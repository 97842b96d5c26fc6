import type { Reason } from './reason.ts';
import { isOneOfBothChoices } from './_both-choices.ts';
import { isOneOfManyTools } from './_many-tools.ts';
import { hasInteraction, isHuman, mayRepeatScannersPress } from './_person.ts';
import { isEarly, isInScanningWindow, isWithinMinutesOfDelivery, type RuleInput } from './_rule-input.ts';
import { scanningOf } from './_scanning.ts';

export type Rule = [reason: Reason, holds: (input: RuleInput) => boolean];

/**
 * Evaluated in this order; the first rule that holds a cast determines the reason. Sources: docs/votes.md.
 */
export const RULES: readonly Rule[] = [
  // Zendesk's one-click rating: a scanner opened both links, and the last one won.
  ['both choices', isOneOfBothChoices],
  // craft-campaign #546: a sweep over all links takes under a second.
  ['many tools at once', isOneOfManyTools],
  // FusionAuth docs #2922: the scanner performs the GET and submits the form.
  ['too fast', (input) => isTooFast(input) && !isWorkingThroughBallot(input)],
  // craft-campaign #546: 69 % of bursts start within 60 s of sending, 99 % within 30 min.
  ['at delivery', isAtDelivery],
  // iOS link previews run scripts for a reader who has not decided yet.
  [
    'no sign of a person',
    (input) =>
      ((input.cast.way === 'automatic' && scanningOf(input.mail_class).may_open) ||
        mayRepeatScannersPress(input)) &&
      !isHuman(input),
  ],
  // Scanners run on few machines and come with the mail. Readers in an office, or behind a carrier's network or a VPN,
  // also share one address, but few of them press within minutes of delivery, and those at hosts that do not scan are
  // people.
  ['one source', (input) => isOneOfManyAtSource(input) && !isHuman(input)],
];

function isTooFast({ cast: { cast_at, rendered_at }, thresholds }: RuleInput): boolean {
  return (
    rendered_at === null || cast_at.getTime() - rendered_at.getTime() < thresholds.too_fast_seconds * 1_000
  );
}

/** A person with the whole ballot on screen may press one button after another in quick succession. */
function isWorkingThroughBallot(input: RuleInput): boolean {
  return input.cast.way === 'ballot' && input.cast.rendered_at !== null && hasInteraction(input);
}

function isAtDelivery(input: RuleInput): boolean {
  const { cast, mail_class, thresholds } = input;
  const isWithinSeconds = (seconds: number) => isWithinMinutesOfDelivery(input, seconds / 60);
  const isRightAfterDelivery =
    (cast.way === 'automatic' && isWithinSeconds(thresholds.at_delivery_seconds)) ||
    (scanningOf(mail_class).may_open && isWithinSeconds(thresholds.unread_seconds));
  return (isRightAfterDelivery || isInScanningWindow(input)) && !isHuman(input);
}

function isOneOfManyAtSource(input: RuleInput): boolean {
  const { cast, mail_class, thresholds } = input;
  return (
    scanningOf(mail_class).may_open &&
    cast.early_source_readers >= thresholds.one_source_readers &&
    isEarly(input)
  );
}
