import { categoryLabel, cutLabel } from '../../../emails/_parts/text/columns.ts';
import { endLeftToRight } from '../../../emails/_parts/text/left-to-right.ts';
import type {
  ComparisonContent,
  IssueContent,
  RecapContent,
  ToolContent,
} from '../../../emails/_parts/content/content.ts';
import { type ComparisonFacts, ENTRY_PRICE_NAMES, type ToolFacts } from '../../comparisons/show/facts.ts';
import { panelOf, panelPercent } from '../../comparisons/show/panel.ts';
import { describeCommunity, type Tally } from '../../votes/tally/tally.ts';
import { formatDay, mondayOf, type Week } from '../../week.ts';
import { readingMinutes } from './reading-time.ts';
import { listPreheaders, listSubjects } from './subject.ts';
import { chooseQuotes, excerptQuote } from './_telling-quotes.ts';
import { describeVerdict, describeVerdicts } from './_verdict.ts';
import { describePick, describePricing, describeSplit, findPanelPick } from './_phrases.ts';

export interface ComposingInput {
  week: Week;
  number: number;
  /** The lead first; at least one. */
  comparisons: readonly ComparisonFacts[];
  community: ReadonlyMap<string, Tally>;
  recap: RecapContent | null;
  /** When voting closes: "Monday 30 November, 05:00 (UTC)"; in issues of earlier versions only the day. */
  votes_until: string;
}

/** Writes the issue from facts alone: the same input always gives the same bytes. */
export function composeIssue({
  week,
  number,
  comparisons,
  community,
  recap,
  votes_until,
}: ComposingInput): IssueContent {
  const pairs = comparisons.map(({ tools: [a, b] }) => [withShortLabels(a), withShortLabels(b)] as const);
  const verdicts = describeVerdicts(pairs, week);
  const [lead, ...more] = comparisons.map((comparison, index) =>
    composeComparison(comparison, community, verdicts[index]),
  );
  const [leadTools] = pairs;
  if (!lead || !leadTools) {
    throw new Error('an issue needs at least one comparison');
  }
  const lines = { week, lead: leadTools, headlines: more.map(({ headline }) => headline) };
  return {
    week,
    number,
    date: formatDay(mondayOf(week)),
    minutes: readingMinutes(lead, more, recap),
    votes_until,
    subject: listSubjects(lines)[0]?.text ?? lead.headline,
    preheader: listPreheaders(lines)[0]?.text ?? lead.verdict,
    lead,
    more,
    recap,
  };
}

/** One comparison as shown in mails and on pages. */
export function composeComparison(
  { slug, question, tools: uncut }: ComparisonFacts,
  community: ReadonlyMap<string, Tally>,
  verdict?: string,
): ComparisonContent {
  const tools: [ToolFacts, ToolFacts] = [withShortLabels(uncut[0]), withShortLabels(uncut[1])];
  return {
    slug,
    question,
    headline: headlineOf(tools),
    verdict: verdict ?? describeVerdict(tools),
    pick: describePick(tools),
    pick_slug: findPanelPick(tools)?.slug ?? null,
    pricing_read: describePricing(tools),
    reviewer_split: describeSplit(tools),
    quotes: chooseQuotes(tools),
    tools: [composeTool(tools[0], community), composeTool(tools[1], community)],
  };
}

/**
 * Shortens labels: a name appears thirty times in a mail, which long names would make too large, above all in scripts
 * with several bytes per letter. Marks the end of names in right-to-left scripts, so that sentences continue from left to
 * right after them.
 */
export function withShortLabels(tool: ToolFacts): ToolFacts {
  return {
    ...tool,
    name: endLeftToRight(cutLabel(tool.name, 60)),
    category: categoryLabel(tool.category),
    tagline: cutLabel(tool.tagline, 120),
    price_note: tool.price_note && cutLabel(tool.price_note, 80),
    reviews: tool.reviews.map((review) => ({
      ...review,
      reviewer_name: endLeftToRight(cutLabel(review.reviewer_name, 60)),
    })),
  };
}

export function headlineOf([a, b]: readonly [{ name: string }, { name: string }]): string {
  return `${a.name} vs ${b.name}`;
}

function composeTool(tool: ToolFacts, community: ReadonlyMap<string, Tally>): ToolContent {
  const panel = panelOf(tool.reviews);
  return {
    slug: tool.slug,
    name: tool.name,
    category: tool.category,
    tagline: tool.tagline,
    description: tool.description,
    entry_price: ENTRY_PRICE_NAMES[tool.entry_price],
    price_note: tool.price_note,
    picture: tool.picture,
    panel: { ...panel, percent: panelPercent(panel) ?? 0 },
    community: describeCommunity(community.get(tool.slug)),
    reviews: tool.reviews.map(({ reviewer_name, lens, verdict, quote }) => ({
      reviewer: reviewer_name,
      lens,
      verdict,
      quote,
      telling: excerptQuote(quote),
    })),
  };
}
