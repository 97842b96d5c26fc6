import type { CastWay, MailClass, Verdict } from '../../database/schema.ts';
import type { Thresholds } from '../../config/judging-settings.ts';

/** One post of a vote, as it stands in evidence. */
export interface Cast {
  tool_slug: string;
  choice: Verdict;
  way: CastWay;
  cast_at: Date;
  /** By the page's signature; null without a valid one. */
  rendered_at: Date | null;
  /** When a person's hand showed on that page: pointer, touch, key, scroll. */
  hand_at: Date | null;
  /** The browser carried the cookie of this very reader. */
  is_remembered: boolean;
  /** Of subscribers who voted from the same place that day, this one included; 0 when the place is not known. */
  source_readers: number;
  /** Of them, those who did so while scanners are about. */
  early_source_readers: number;
  /** By a new reader, in an hour when too many of the tool's votes were. */
  is_in_spike: boolean;
  decision: 'release' | 'void' | null;
}

/** A vote link of the reader that was opened, by whomever. */
export interface LinkOpen {
  tool_slug: string;
  choice: Verdict;
  first_at: Date;
  last_at: Date;
}

/** What is known of one reader's delivery of one issue. */
export interface Circumstances {
  submitted_at: Date | null;
  mail_class: MailClass;
  opens: readonly LinkOpen[];
}

export interface Judgement {
  choice: Verdict;
  state: 'counted' | 'held';
  /** Why it is held. */
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

interface Case extends Circumstances {
  cast: Cast;
  /** Every cast of the reader in this issue, this one included. */
  casts: readonly Cast[];
  thresholds: Thresholds;
}

type Rule = [Reason, (one: Case) => boolean];

/** In this order; the first that holds a cast names the reason. Sources: votes-and-mail-rules, docs/votes.md. */
const RULES: readonly Rule[] = [
  // Zendesk's one-click rating: a scanner opened both links, and the last one won.
  ['both choices', (one) => hasBothChoices(one) && !isCorrection(one)],
  // craft-campaign #546: a sweep over all links takes under a second.
  ['many tools at once', (one) => countToolsAtOnce(one) >= one.thresholds.many_tools],
  // The links that nobody meant to follow are the traps (OctopusDeploy/docs #3393: it clicks every control it finds).
  ['all links opened', (one) => isBulkOpened(one) && !isPerson(one)],
  // FusionAuth docs #2922: performs the GET and submits the form.
  ['too fast', (one) => isTooFast(one) && !isGoingThroughBallot(one)],
  // craft-campaign #546: 69 % of bursts start within 60 s of sending, 99 % within 30 min.
  ['at delivery', isAtDelivery],
  // iOS link previews run scripts for somebody who has not decided yet.
  [
    'no sign of a person',
    (one) => one.cast.way === 'automatic' && one.mail_class !== 'clean' && !isPerson(one),
  ],
  // Scanners work from few machines, an office votes from one address: but hardly five of it as the mail comes in.
  ['one source', (one) => (isCrowded(one) && !isPerson(one)) || isCrowdedAtDelivery(one)],
  ['spike', (one) => one.cast.is_in_spike && !isPerson(one)],
];

/**
 * What counts of one reader's casts in one issue: for each tool the last one that no rule holds or, when all are held,
 * the last of those with its reason. The order in which casts and evidence became known makes no difference.
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

function reasonToHold(one: Case): Reason | null {
  const { decision, is_remembered } = one.cast;
  if (decision !== null) {
    return decision === 'void' ? 'voided by staff' : null;
  }
  // A scanner's browser is never one that voted by hand for this reader before.
  return is_remembered ? null : (RULES.find(([, holds]) => holds(one))?.[0] ?? null);
}

function hasBothChoices(one: Case): boolean {
  return near(one, one.thresholds.both_choices_seconds).some(
    (other) => other.tool_slug === one.cast.tool_slug && other.choice !== one.cast.choice,
  );
}

/** A person who took it back at once: by hand, of this tool alone, and not while scanners are about. */
function isCorrection(one: Case): boolean {
  const { cast, casts, thresholds } = one;
  const others = near(one, thresholds.both_choices_seconds).filter(
    ({ tool_slug }) => tool_slug !== cast.tool_slug,
  );
  const isLast = casts.every(
    (other) =>
      other.tool_slug !== cast.tool_slug || other.choice === cast.choice || other.cast_at < cast.cast_at,
  );
  return hasHand(one) && areDecided(others) && isLast && !(isScanning(one) && isWithinScanning(one));
}

/** On the ballot below, one choice a tool: a person goes on there, whatever presses all buttons takes both. */
function areDecided(casts: readonly Cast[]): boolean {
  return casts.every(
    ({ way, tool_slug, choice }) =>
      way === 'ballot' && casts.every((other) => other.tool_slug !== tool_slug || other.choice === choice),
  );
}

function countToolsAtOnce(one: Case): number {
  if (one.cast.way === 'ballot') {
    return 0;
  }
  const within_ms = one.thresholds.many_tools_seconds * 1_000;
  const others = near(one, one.thresholds.many_tools_seconds).filter(({ way }) => way !== 'ballot');
  // The window may begin with any of them.
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

function isBulkOpened({ cast, opens, thresholds }: Case): boolean {
  const within_ms = thresholds.swept_seconds * 1_000;
  const isNear = (at: Date) => Math.abs(at.getTime() - cast.cast_at.getTime()) <= within_ms;
  const opened = opens.filter(({ first_at, last_at }) => isNear(first_at) || isNear(last_at));
  const ships = new Set(opened.filter(({ choice }) => choice === 'ship').map(({ tool_slug }) => tool_slug));
  const both = opened.filter(({ choice, tool_slug }) => choice === 'skip' && ships.has(tool_slug));
  return both.length >= thresholds.swept_tools;
}

function isTooFast({ cast: { cast_at, rendered_at }, thresholds }: Case): boolean {
  return (
    rendered_at === null || cast_at.getTime() - rendered_at.getTime() < thresholds.too_fast_seconds * 1_000
  );
}

/** Whoever has the whole ballot before them may press one button after the other. */
function isGoingThroughBallot(one: Case): boolean {
  return one.cast.way === 'ballot' && one.cast.rendered_at !== null && hasHand(one);
}

function isAtDelivery(one: Case): boolean {
  const { cast, submitted_at, thresholds } = one;
  const age_ms = submitted_at === null ? 0 : cast.cast_at.getTime() - submitted_at.getTime();
  const isAutomatic = cast.way === 'automatic';
  const isInRush = isAutomatic && age_ms < thresholds.at_delivery_seconds * 1_000;
  const isWhileScanning = isScanning(one) && isWithinScanning(one);
  return (isInRush || isWhileScanning) && !isPerson(one);
}

function isCrowded({ cast, thresholds }: Case): boolean {
  return cast.source_readers >= thresholds.one_source_readers;
}

function isCrowdedAtDelivery({ cast, mail_class, thresholds }: Case): boolean {
  return mail_class === 'pressed' && cast.early_source_readers >= thresholds.pressing_readers;
}

function isScanning({ mail_class }: Case): boolean {
  return mail_class === 'scanned' || mail_class === 'pressed';
}

function isWithinScanning(one: Case): boolean {
  return isYoungerThan(one, one.thresholds.scanning_minutes);
}

/** Cast within so many minutes of Resend accepting the mail, or before that is known. */
function isYoungerThan({ cast, submitted_at }: Case, minutes: number): boolean {
  return submitted_at === null || cast.cast_at.getTime() - submitted_at.getTime() < minutes * 60_000;
}

function isPerson(one: Case): boolean {
  return hasHand(one) || isLoneRevote(one);
}

/** Somebody read that the vote is held and pressed the button once more, and nothing else. */
function isLoneRevote(one: Case): boolean {
  const { cast, casts, mail_class, thresholds } = one;
  const before = new Date(cast.cast_at.getTime() - thresholds.both_choices_seconds * 1_000);
  return (
    cast.way === 'button' &&
    mail_class !== 'pressed' &&
    near(one, thresholds.both_choices_seconds).length === 1 &&
    casts.some(
      ({ tool_slug, choice, cast_at }) =>
        tool_slug === cast.tool_slug && choice === cast.choice && cast_at < before,
    )
  );
}

/** Where scanners press buttons, a hand as the mail comes in may be theirs. */
function hasHand(one: Case): boolean {
  const { cast, mail_class, thresholds } = one;
  return (
    cast.hand_at !== null && !(mail_class === 'pressed' && isYoungerThan(one, thresholds.pressing_minutes))
  );
}

/** Casts of the reader within so many seconds of this one, itself included. */
function near({ cast, casts }: Case, seconds: number): Cast[] {
  const at = cast.cast_at.getTime();
  return casts.filter((other) => Math.abs(other.cast_at.getTime() - at) <= seconds * 1_000);
}

function compare(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}
