import type { Cast } from '../evidence/evidence.ts';
import { hasInteraction } from './_person.ts';
import { castsWithin, isInScanningWindow, type RuleInput } from './_rule-input.ts';

/**
 * Opposite choices on a tool within seconds are a scanner's, unless a person is correcting themselves or has seen the
 * first one counted.
 */
export function isOneOfBothChoices(input: RuleInput): boolean {
  return hasBothChoices(input) && !isCorrection(input);
}

function hasBothChoices(input: RuleInput): boolean {
  const { cast, thresholds } = input;
  const near = castsWithin(input, thresholds.both_choices_seconds);
  const opposite = near.filter(
    ({ tool_slug, choice }) => tool_slug === cast.tool_slug && choice !== cast.choice,
  );
  return opposite.length > 0 && !(wasSeen(input, opposite) && isConsistentElsewhere(cast, near));
}

/**
 * The opposite choices came late enough, and outside the scanning window, for a person to have seen this one counted
 * and changed their mind: so this choice stands, even if nothing shows that the change is a person's.
 */
function wasSeen(input: RuleInput, opposite: readonly Cast[]): boolean {
  const seen_ms = input.cast.cast_at.getTime() + input.thresholds.answered_seconds * 1_000;
  return opposite.every(({ cast_at }) => cast_at.getTime() >= seen_ms) && !isInScanningWindow(input);
}

/** No other tool has both choices: a scanner that presses everything does not stop at one. */
function isConsistentElsewhere({ tool_slug }: Cast, casts: readonly Cast[]): boolean {
  const others = casts.filter((other) => other.tool_slug !== tool_slug);
  return others.every((one) =>
    others.every((other) => one.tool_slug !== other.tool_slug || one.choice === other.choice),
  );
}

/**
 * A person changed their mind at once: with human interaction, or on a page rendered after they had seen the first
 * choice counted. Only outside the scanning window, and with no other votes nearby, except consistent ones in the
 * ballot.
 */
function isCorrection(input: RuleInput): boolean {
  const { cast, thresholds } = input;
  const near = castsWithin(input, thresholds.both_choices_seconds);
  const others = near.filter(({ tool_slug }) => tool_slug !== cast.tool_slug);
  const isLast = near.every(
    (other) =>
      other.tool_slug !== cast.tool_slug || other.choice === cast.choice || other.cast_at < cast.cast_at,
  );
  const isDeliberate = hasInteraction(input) || hasSeenFirst(input);
  return isDeliberate && areConsistent(others) && isLast && !isInScanningWindow(input);
}

/** The only vote in the seconds before was the opposite one, and this page was rendered after it. */
function hasSeenFirst(input: RuleInput): boolean {
  const { cast, thresholds } = input;
  const [first, ...more] = castsWithin(input, thresholds.both_choices_seconds).filter(
    (other) => other !== cast && other.cast_at <= cast.cast_at,
  );
  const seen_ms = (first?.cast_at.getTime() ?? 0) + thresholds.answered_seconds * 1_000;
  return (
    first?.tool_slug === cast.tool_slug &&
    first.choice !== cast.choice &&
    more.length === 0 &&
    cast.rendered_at !== null &&
    cast.rendered_at >= first.cast_at &&
    cast.cast_at.getTime() >= seen_ms
  );
}

/**
 * All were cast in the ballot below the vote, with one choice per tool: that is how a person continues, while a scanner
 * that presses every button casts both choices.
 */
function areConsistent(casts: readonly Cast[]): boolean {
  return casts.every(
    ({ way, tool_slug, choice }) =>
      way === 'ballot' && casts.every((other) => other.tool_slug !== tool_slug || other.choice === choice),
  );
}
