import type { Verdict } from '../../database/schema.ts';
import type { Thresholds } from '../../config/judging-settings.ts';
import type { Cast, Circumstances } from './evidence.ts';
import { isOneOfBothChoices } from './_both-choices.ts';
import { castsWithin, hasInteraction, isInScanningWindow, type RuleInput } from './_rule-input.ts';

export interface Judgement {
  choice: Verdict;
  state: 'counted' | 'held';
  /** Why it is held; null when counted. */
  reason: Reason | null;
  cast_at: Date;
}

export type Reason =
  | 'both choices'
  | 'many tools at once'
  | 'all links opened'
  | 'too fast'
  | 'at delivery'
  | 'no sign of a person'
  | 'one source'
  | 'spike'
  | 'voided by staff';

type Rule = [reason: Reason, holds: (input: RuleInput) => boolean];

/**
 * Evaluated in this order; the first rule that holds a cast determines the reason. Sources: docs/votes.md.
 */
const RULES: readonly Rule[] = [
  // Zendesk's one-click rating: a scanner opened both links, and the last one won.
  ['both choices', isOneOfBothChoices],
  // craft-campaign #546: a sweep over all links takes under a second.
  ['many tools at once', (input) => countToolsAtOnce(input) >= input.thresholds.many_tools],
  // Links the reader did not mean to follow act as honeypots (OctopusDeploy/docs #3393: the scanner clicks every
  // control it finds).
  ['all links opened', (input) => isInLinkSweep(input) && !isHuman(input)],
  // FusionAuth docs #2922: the scanner performs the GET and submits the form.
  ['too fast', (input) => isTooFast(input) && !isWorkingThroughBallot(input)],
  // craft-campaign #546: 69 % of bursts start within 60 s of sending, 99 % within 30 min.
  ['at delivery', isAtDelivery],
  // iOS link previews run scripts for a reader who has not decided yet.
  [
    'no sign of a person',
    (input) => input.cast.way === 'automatic' && input.mail_class !== 'clean' && !isHuman(input),
  ],
  // Scanners run on few machines. An office also shares one address, but five of its readers rarely vote within minutes of delivery.
  [
    'one source',
    (input) => (hasManySourceReaders(input) && !isHuman(input)) || hasManyEarlySourceReaders(input),
  ],
  ['spike', (input) => input.cast.is_in_spike && !isHuman(input)],
];

/**
 * Judges one reader's casts in one issue: for each tool, the last cast not held by any rule counts; if all are
 * held, the last one is held with its reason. The order in which casts and evidence became known makes no difference.
 */
export function judge(
  casts: readonly Cast[],
  circumstances: Circumstances,
  thresholds: Thresholds,
): Map<string, Judgement> {
  const judgements = new Map<string, Judgement>();
  const inOrder = casts.toSorted(
    (a, b) => a.cast_at.getTime() - b.cast_at.getTime() || compare(a.choice, b.choice),
  );
  for (const cast of inOrder) {
    const reason = reasonToHold({ ...circumstances, cast, casts, thresholds });
    const before = judgements.get(cast.tool_slug);
    if (reason === null || before?.state !== 'counted') {
      const { tool_slug, choice, cast_at } = cast;
      judgements.set(tool_slug, { choice, state: reason === null ? 'counted' : 'held', reason, cast_at });
    }
  }
  return judgements;
}

function reasonToHold(input: RuleInput): Reason | null {
  const { decision, is_remembered } = input.cast;
  if (decision !== null) {
    return decision === 'void' ? 'voided by staff' : null;
  }
  // The cookie is set only after a counted vote with human interaction, so a scanner's browser never has it.
  return is_remembered ? null : (RULES.find(([, holds]) => holds(input))?.[0] ?? null);
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

function isInLinkSweep({ cast, opens, thresholds }: RuleInput): boolean {
  const within_ms = thresholds.swept_seconds * 1_000;
  const isNear = (at: Date) => Math.abs(at.getTime() - cast.cast_at.getTime()) <= within_ms;
  const opened = opens.filter(({ first_at, last_at }) => isNear(first_at) || isNear(last_at));
  const ships = new Set(opened.filter(({ choice }) => choice === 'ship').map(({ tool_slug }) => tool_slug));
  const both = opened.filter(({ choice, tool_slug }) => choice === 'skip' && ships.has(tool_slug));
  return both.length >= thresholds.swept_tools;
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
  const { cast, submitted_at, thresholds } = input;
  const age_ms = submitted_at === null ? 0 : cast.cast_at.getTime() - submitted_at.getTime();
  const isAutomatic = cast.way === 'automatic';
  const isRightAfterDelivery = isAutomatic && age_ms < thresholds.at_delivery_seconds * 1_000;
  return (isRightAfterDelivery || isInScanningWindow(input)) && !isHuman(input);
}

function hasManySourceReaders({ cast, thresholds }: RuleInput): boolean {
  return cast.source_readers >= thresholds.one_source_readers;
}

function hasManyEarlySourceReaders({ cast, mail_class, thresholds }: RuleInput): boolean {
  return mail_class === 'pressed' && cast.early_source_readers >= thresholds.pressing_readers;
}

function isHuman(input: RuleInput): boolean {
  return hasInteraction(input) || isLoneRevote(input);
}

/** The reader saw that the vote is held and pressed its button again, and nothing else. */
function isLoneRevote(input: RuleInput): boolean {
  const { cast, casts, mail_class, thresholds } = input;
  const before = new Date(cast.cast_at.getTime() - thresholds.both_choices_seconds * 1_000);
  return (
    cast.way === 'button' &&
    mail_class !== 'pressed' &&
    castsWithin(input, thresholds.both_choices_seconds).length === 1 &&
    casts.some(
      ({ tool_slug, choice, cast_at }) =>
        tool_slug === cast.tool_slug && choice === cast.choice && cast_at < before,
    )
  );
}

function compare(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}
