import type { MailClass, Verdict } from '../../database/schema.ts';
import type { Thresholds } from '../../config/judging-settings.ts';
import type { Cast, Circumstances } from './evidence.ts';
import type { Reason } from './reason.ts';
import { isOneOfBothChoices } from './_both-choices.ts';
import {
  castsWithin,
  hasInteraction,
  isInScanningWindow,
  isWithinMinutesOfDelivery,
  type RuleInput,
} from './_rule-input.ts';

export interface Judgement {
  choice: Verdict;
  state: 'counted' | 'held';
  /** Why it is held; null when counted. */
  reason: Reason | null;
  cast_at: Date;
  /** It is counted, and a person was seen to cast it: their browser may be remembered. */
  is_persons: boolean;
}

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
    (input) => countToolsAtOnce(input) >= input.thresholds.many_tools && !isGoingThroughTabs(input),
  ],
  // FusionAuth docs #2922: the scanner performs the GET and submits the form.
  ['too fast', (input) => isTooFast(input) && !isWorkingThroughBallot(input)],
  // craft-campaign #546: 69 % of bursts start within 60 s of sending, 99 % within 30 min.
  ['at delivery', isAtDelivery],
  // iOS link previews run scripts for a reader who has not decided yet.
  [
    'no sign of a person',
    (input) => input.cast.way === 'automatic' && input.mail_class !== 'clean' && !isHuman(input),
  ],
  // Scanners run on few machines and come with the mail. An office, a carrier's network or a VPN also shares one address, but
  // few of its readers press within minutes of delivery, and those at hosts that do not scan are people.
  ['one source', (input) => isOneOfManyAtSource(input) && !isHuman(input)],
];

/**
 * Judges one reader's casts in one issue: for each tool, the last cast not held by any rule counts; if all are
 * held, the last one is held with its reason. The order in which casts and evidence became known makes no difference.
 */
export function judge(
  casts: readonly Cast[],
  circumstances: Circumstances,
  thresholds: Thresholds,
  rules: readonly Rule[] = RULES,
): Map<string, Judgement> {
  const around = { ...circumstances, mail_class: classOf(circumstances, thresholds) };
  const judgements = new Map<string, Judgement>();
  const inOrder = casts.toSorted(
    (a, b) => a.cast_at.getTime() - b.cast_at.getTime() || compare(a.choice, b.choice),
  );
  for (const cast of inOrder) {
    const input = { ...around, cast, casts, thresholds };
    const reason = reasonToHold(input, rules);
    const before = judgements.get(cast.tool_slug);
    if (reason === null || before?.state !== 'counted') {
      const { tool_slug, choice, cast_at } = cast;
      const state = reason === null ? 'counted' : 'held';
      const is_persons = state === 'counted' && (cast.is_remembered || isHuman(input));
      judgements.set(tool_slug, { choice, state, reason, cast_at, is_persons });
    }
  }
  return casts.some(({ is_in_crowd }) => is_in_crowd) ? holdAsCrowd(judgements) : judgements;
}

/**
 * Of the host, unless this mail was scanned where most are not: both links of several tools were opened within minutes, by a program
 * of the reader's, or by one in front of a mailbox at a host that has none.
 */
function classOf(
  { mail_class, opens }: Circumstances,
  { swept_tools, swept_minutes }: Thresholds,
): MailClass {
  if (mail_class === 'scanned' || mail_class === 'pressed') {
    return mail_class;
  }
  const swept = opens.filter(
    ({ tool_slug, choice, first_at }) =>
      choice === 'ship' &&
      opens.some(
        (other) =>
          other.tool_slug === tool_slug &&
          other.choice === 'skip' &&
          Math.abs(other.first_at.getTime() - first_at.getTime()) <= swept_minutes * 60_000,
      ),
  );
  return swept.length >= swept_tools ? 'scanned' : mail_class;
}

/** However each was cast, and whatever staff think of that: what makes a crowd is who its readers are. Staff release it as one. */
function holdAsCrowd(judgements: ReadonlyMap<string, Judgement>): Map<string, Judgement> {
  return new Map(
    [...judgements].map(([tool, judgement]) => [
      tool,
      judgement.state === 'held'
        ? judgement
        : { ...judgement, state: 'held', reason: 'one origin', is_persons: false },
    ]),
  );
}

function reasonToHold(input: RuleInput, rules: readonly Rule[]): Reason | null {
  const { decision, is_remembered } = input.cast;
  if (decision !== null) {
    return decision === 'void' ? 'voided by staff' : null;
  }
  // The cookie is set only after a counted vote by which a person was seen, so a scanner's browser never has it.
  return is_remembered ? null : (rules.find(([, holds]) => holds(input))?.[0] ?? null);
}

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
      return new Set(inside.map(({ tool_slug }) => tool_slug)).size;
    }),
  );
}

/**
 * Links of a mail opened in tabs, and looked at one after the other: each vote has seen a hand of its own, since a page's signature
 * is for its own tool. Not where and when scanners are active, and soon after delivery not if the pages were opened in one sweep.
 */
function isGoingThroughTabs(input: RuleInput): boolean {
  const isEarly = isWithinMinutesOfDelivery(input, input.thresholds.scanning_minutes);
  return hasInteraction(input) && !isInScanningWindow(input) && !(isEarly && isOpenedInSweep(input));
}

/** A person takes a moment from one link to the next; a sweep does not (craft-campaign #546). */
function isOpenedInSweep(input: RuleInput): boolean {
  const { cast, thresholds } = input;
  const at = cast.rendered_at?.getTime() ?? 0;
  return castsWithin(input, thresholds.both_choices_seconds).some(
    ({ tool_slug, rendered_at }) =>
      tool_slug !== cast.tool_slug && Math.abs((rendered_at?.getTime() ?? 0) - at) < thresholds.swept_tab_ms,
  );
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
  const { cast, mail_class, submitted_at, thresholds } = input;
  const age_ms = submitted_at === null ? 0 : cast.cast_at.getTime() - submitted_at.getTime();
  const isRightAfterDelivery =
    (cast.way === 'automatic' && age_ms < thresholds.at_delivery_seconds * 1_000) ||
    (mail_class !== 'clean' && age_ms < thresholds.unread_seconds * 1_000);
  return (isRightAfterDelivery || isInScanningWindow(input)) && !isHuman(input);
}

function isOneOfManyAtSource(input: RuleInput): boolean {
  const { cast, mail_class, thresholds } = input;
  return (
    mail_class !== 'clean' &&
    cast.early_source_readers >= thresholds.one_source_readers &&
    isWithinMinutesOfDelivery(input, thresholds.scanning_minutes)
  );
}

function isHuman(input: RuleInput): boolean {
  return hasInteraction(input) || isLoneRevote(input);
}

/**
 * The reader saw that the vote is held and pressed its button again, and nothing else but the ballot below it. Where scanners press buttons, only on the
 * page that said so: a scanner that comes twice opens the link twice.
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

function compare(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}
