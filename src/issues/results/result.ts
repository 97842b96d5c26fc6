import type { ComparisonContent, ToolContent } from '../../../emails/_parts/content/content.ts';
import {
  communityPercent,
  describeCommunity,
  isTooCloseToCall,
  shownVotes,
  type Tally,
  totalOf,
  wilson,
} from '../../votes/tally/tally.ts';

/** Size in pixels that sites expect for link previews (Open Graph). */
export const SHARE_IMAGE = { width: 1200, height: 630 };

/** Readers' votes on two tools, limited to what the display rules allow to be shown. */
export interface ComparisonResult {
  slug: string;
  headline: string;
  is_too_close_to_call: boolean;
  /** Held votes on both tools: those not shown to be a person's. */
  held: number;
  /** How many of these are votes of new readers of one origin who voted one-sidedly. */
  waiting: number;
  tools: [ToolResult, ToolResult];
}

export interface ToolResult {
  slug: string;
  name: string;
  panel: ToolContent['panel'];
  /** "—", "early: 12 votes" or "68% ship (57 votes)" */
  shown: string;
  /** Undefined below 10 votes. */
  votes: number | undefined;
  /** Undefined below 40 votes. */
  share: Share | undefined;
}

/** The whole percentage of ship votes, and its 95% confidence interval. */
export interface Share {
  percent: number;
  low: number;
  high: number;
}

export function composeResult(
  { slug, headline, tools: [a, b] }: ComparisonContent,
  tallies: ReadonlyMap<string, Tally & { held: number; waiting: number }>,
): ComparisonResult {
  const [one, other] = [tallies.get(a.slug), tallies.get(b.slug)];
  return {
    slug,
    headline,
    is_too_close_to_call: isTooCloseToCall(one, other),
    held: (one?.held ?? 0) + (other?.held ?? 0),
    waiting: (one?.waiting ?? 0) + (other?.waiting ?? 0),
    tools: [composeTool(a, one), composeTool(b, other)],
  };
}

function composeTool({ slug, name, panel }: ToolContent, tally: Tally | undefined): ToolResult {
  return {
    slug,
    name,
    panel,
    shown: describeCommunity(tally),
    votes: shownVotes(tally),
    share: shareOf(tally),
  };
}

function shareOf(tally: Tally | undefined): Share | undefined {
  const percent = communityPercent(tally);
  if (!tally || percent === undefined) {
    return undefined;
  }
  const { low, high } = wilson(tally.ship, totalOf(tally));
  // A share that is shown as 1% or 99% because of a single vote must also lie within its interval.
  return {
    percent,
    low: Math.min(percent, Math.round(100 * low)),
    high: Math.max(percent, Math.round(100 * high)),
  };
}

/** A result as a self-contained text for sharing elsewhere, without a link. */
export function writeShareText({ headline, is_too_close_to_call, tools }: ComparisonResult, panel: string) {
  const readers = tools.map(({ name, share, votes }) =>
    share ? `${share.percent}% of ${votes} readers ship ${name}` : undefined,
  );
  const votesText = readers.filter((words) => words !== undefined).join(', ');
  const split = tools.map(({ name, panel: { ship, of } }) => `${ship} of ${of} for ${name}`).join(', ');
  return [
    `${headline}:`,
    votesText ? `${votesText}${is_too_close_to_call ? ', too close to call' : ''}.` : 'too few votes to say.',
    `${panel || 'Panel'}: ${split}.`,
  ].join(' ');
}
