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

/** The size in pixels that sites which show a link as a card ask for (Open Graph). */
export const SHARE_IMAGE = { width: 1200, height: 630 };

/** What readers said of two tools, as the display rules let it be shown. */
export interface ComparisonResult {
  slug: string;
  headline: string;
  is_too_close_to_call: boolean;
  /** Votes held back on both tools: not shown to be a person's. */
  held: number;
  tools: [ToolResult, ToolResult];
}

export interface ToolResult {
  slug: string;
  name: string;
  panel: ToolContent['panel'];
  /** "—", "early: 12 votes" or "68% ship (57 votes)" */
  shown: string;
  /** Undefined below 10. */
  votes: number | undefined;
  /** Undefined below 40 votes. */
  share: Share | undefined;
}

/** Whole per cent of ship, and the interval that holds the true one with 95 % certainty. */
export interface Share {
  percent: number;
  low: number;
  high: number;
}

export function composeResult(
  { slug, headline, tools: [a, b] }: ComparisonContent,
  tallies: ReadonlyMap<string, Tally & { held: number }>,
): ComparisonResult {
  const [one, other] = [tallies.get(a.slug), tallies.get(b.slug)];
  return {
    slug,
    headline,
    is_too_close_to_call: isTooCloseToCall(one, other),
    held: (one?.held ?? 0) + (other?.held ?? 0),
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
  return { percent, low: Math.round(100 * low), high: Math.round(100 * high) };
}

/** A result in words that stand alone elsewhere, without its address. */
export function writeShareText({ headline, is_too_close_to_call, tools }: ComparisonResult, panel: string) {
  const readers = tools.map(({ name, share, votes }) =>
    share ? `${share.percent}% of ${votes} readers ship ${name}` : undefined,
  );
  const said = readers.filter((words) => words !== undefined).join(', ');
  const split = tools.map(({ name, panel: { ship, of } }) => `${ship} of ${of} for ${name}`).join(', ');
  return [
    `${headline}:`,
    said ? `${said}${is_too_close_to_call ? ', too close to call' : ''}.` : 'too few votes to say.',
    `${panel || 'Panel'}: ${split}.`,
  ].join(' ');
}
