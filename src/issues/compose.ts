import type {
  ComparisonContent,
  IssueContent,
  RecapContent,
  ToolContent,
} from '../../emails/_parts/content.ts';
import { type ComparisonFacts, ENTRY_PRICE_NAMES, type ToolFacts } from '../comparisons/facts.ts';
import { panelOf, panelPercent } from '../comparisons/panel.ts';
import { describeCommunity, type Tally } from '../votes/tally.ts';
import { formatDay, mondayOf, type Week } from '../week.ts';
import { readingMinutes } from './reading-time.ts';
import { listPreheaders, listSubjects } from './subject.ts';
import { describePick, describePricing, describeSplit, describeVerdict, findPanelPick } from './words.ts';

export interface ComposingInput {
  week: Week;
  number: number;
  /** The lead first; at least one. */
  comparisons: readonly ComparisonFacts[];
  community: ReadonlyMap<string, Tally>;
  recap: RecapContent | null;
}

/** The issue in words and figures, from facts alone: the same facts always give the same bytes. */
export function composeIssue({ week, number, comparisons, community, recap }: ComposingInput): IssueContent {
  const [lead, ...more] = comparisons.map((comparison) => composeComparison(comparison, community));
  const leadTools = comparisons[0]?.tools;
  if (!lead || !leadTools) {
    throw new Error('an issue needs at least one comparison');
  }
  const lines = { week, lead: leadTools, headlines: more.map(({ headline }) => headline) };
  return {
    week,
    number,
    date: formatDay(mondayOf(week)),
    minutes: readingMinutes(lead, more),
    subject: listSubjects(lines)[0]?.text ?? lead.headline,
    preheader: listPreheaders(lines)[0]?.text ?? lead.verdict,
    lead,
    more,
    recap,
  };
}

/** One comparison as mails and pages show it. */
export function composeComparison(
  { slug, question, tools }: ComparisonFacts,
  community: ReadonlyMap<string, Tally>,
): ComparisonContent {
  return {
    slug,
    question,
    headline: `${tools[0].name} vs ${tools[1].name}`,
    verdict: describeVerdict(tools),
    pick: describePick(tools),
    pick_slug: findPanelPick(tools)?.slug ?? null,
    pricing_read: describePricing(tools),
    reviewer_split: describeSplit(tools),
    tools: [composeTool(tools[0], community), composeTool(tools[1], community)],
  };
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
    panel: { ...panel, percent: panelPercent(panel) ?? 0 },
    community: describeCommunity(community.get(tool.slug)),
    reviews: tool.reviews.map(({ reviewer_name, lens, verdict, quote }) => ({
      reviewer: reviewer_name,
      lens,
      verdict,
      quote,
    })),
  };
}
