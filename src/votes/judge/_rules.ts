import type { Reason } from './reason.ts';
import type { Cast } from '../evidence/evidence.ts';
import { isOneOfBothChoices } from './_both-choices.ts';
import { hasInteraction, isHuman, mayRepeatScannersPress } from './_person.ts';
import { castsWithin, isInScanningWindow, isWithinMinutesOfDelivery, type RuleInput } from './_rule-input.ts';
import { scanningOf } from './_scanning.ts';

export type Rule = [reason: Reason, holds: (input: RuleInput) => boolean];

/**
 * Evaluated in this order; the first rule that holds a cast determines the reason. Sources: docs/votes.md.
 */
export const RULES: readonly Rule[] = [
  // Zendesk's one-click rating: a scanner opened both links, and the last one won.
  ['both choices', isOneOfBothChoices],
  // craft-campaign #546: a sweep over all links takes under a second.
  [
    'many tools at once',
    (input) =>
      Math.max(countToolsAtOnce(input), countToolsOfSweep(input)) >= input.thresholds.many_tools &&
      !isGoingThroughTabs(input),
  ],
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

function countToolsAtOnce(input: RuleInput): number {
  if (input.cast.way === 'ballot') {
    return 0;
  }
  const within_ms = input.thresholds.many_tools_seconds * 1_000;
  const others = castsWithin(input, input.thresholds.many_tools_seconds).filter(
    ({ way }) => way !== 'ballot',
  );
  // The window may start at any of these casts.
  return Math.max(
    ...others.map((first) => {
      const start = first.cast_at.getTime();
      const inside = others.filter(
        ({ cast_at }) => cast_at.getTime() >= start && cast_at.getTime() <= start + within_ms,
      );
      return countTools(inside);
    }),
  );
}

/**
 * Soon after delivery: the tools whose pages were opened in one sweep with this one, however long it took from then until
 * the button of each was pressed. Only buttons: the page of a person with several tabs casts by itself.
 */
function countToolsOfSweep(input: RuleInput): number {
  return input.cast.way === 'button' && isSoonAfterDelivery(input)
    ? countTools(listSwept(input).filter(({ way }) => way === 'button'))
    : 0;
}

/**
 * Links of a mail were opened in tabs that somebody looked at one after the other: each vote has an interaction of its
 * own, since a page's signature is valid for its own tool only. This does not apply in the scanning window, nor soon
 * after delivery if the pages were opened in one sweep.
 */
function isGoingThroughTabs(input: RuleInput): boolean {
  const isSwept = isSoonAfterDelivery(input) && countTools(listSwept(input)) > 1;
  return hasInteraction(input) && !isInScanningWindow(input) && !isSwept;
}

/** Later, pages are also opened all at once by a browser that restores its tabs. */
function isSoonAfterDelivery(input: RuleInput): boolean {
  return isWithinMinutesOfDelivery(input, input.thresholds.scanning_minutes);
}

/**
 * The votes whose pages were opened in one sweep with this one's, itself included: each right after the one before. A person
 * takes a moment from one link to the next (craft-campaign #546).
 */
function listSwept({ cast, casts, thresholds }: RuleInput): Cast[] {
  const opened = casts
    .flatMap((one) =>
      one.way === 'ballot' || one.rendered_at === null ? [] : [{ one, at: one.rendered_at.getTime() }],
    )
    .toSorted((a, b) => a.at - b.at);
  const isGap = (index: number) => opened[index]!.at - opened[index - 1]!.at >= thresholds.swept_tab_ms;
  const own = opened.findIndex(({ one }) => one === cast);
  if (own === -1) {
    return [];
  }
  let first = own;
  while (first > 0 && !isGap(first)) {
    first -= 1;
  }
  let end = own + 1;
  while (end < opened.length && !isGap(end)) {
    end += 1;
  }
  return opened.slice(first, end).map(({ one }) => one);
}

function countTools(casts: readonly Cast[]): number {
  return new Set(casts.map(({ tool_slug }) => tool_slug)).size;
}

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
    isWithinMinutesOfDelivery(input, thresholds.scanning_minutes)
  );
}
