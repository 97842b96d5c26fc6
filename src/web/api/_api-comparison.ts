import type { ComparisonContent } from '../../../emails/_parts/content/content.ts';
import { type ComparisonFacts, findComparison } from '../../comparisons/show/facts.ts';
import { panelOf } from '../../comparisons/show/panel.ts';
import type { Context } from '../../context.ts';
import { findComparisonInIssues } from '../../issues/results/find-comparison.ts';
import { comparisonUrl } from '../../links/comparison-url.ts';
import { loadCommunityTallies } from '../../votes/tally/community.ts';
import {
  communityPercent,
  describeCommunity,
  isTooCloseToCall,
  shownVotes,
  type Tally,
} from '../../votes/tally/tally.ts';
import type { ApiComparison, ApiTool } from './_api-shapes.ts';

export type Tallies = ReadonlyMap<string, Tally & { held: number }>;
type Config = Context['config'];

/** Undefined for one that readers cannot see: neither published nor in an issue that was sent. */
export async function loadApiComparison(context: Context, slug: string): Promise<ApiComparison | undefined> {
  const { config, db, now } = context;
  const facts = await findComparison(db, slug);
  const isPublished = facts !== undefined && facts.published_at !== null && facts.published_at <= now();
  const printed = isPublished ? undefined : await findComparisonInIssues(db, slug);
  const tools = isPublished ? facts.tools : printed?.comparison.tools;
  if (!tools) {
    return undefined;
  }
  const tallies = await loadCommunityTallies(
    db,
    tools.map((tool) => tool.slug),
  );
  return isPublished ? fromFacts(config, facts, tallies) : fromContent(config, printed!.comparison, tallies);
}

export function fromFacts(config: Config, facts: ComparisonFacts, tallies: Tallies): ApiComparison {
  const tools = facts.tools.map((tool) => {
    const { ship, of } = panelOf(tool.reviews);
    return { slug: tool.slug, name: tool.name, panel: { ship, of } };
  });
  const headline = facts.tools.map(({ name }) => name).join(' vs ');
  return buildComparison(config, { slug: facts.slug, headline, tools }, tallies);
}

export function fromContent(
  config: Config,
  { slug, headline, tools }: ComparisonContent,
  tallies: Tallies,
): ApiComparison {
  return buildComparison(config, { slug, headline, tools }, tallies);
}

interface ComparedTool {
  slug: string;
  name: string;
  panel: { ship: number; of: number };
}

interface ComparedTools {
  slug: string;
  headline: string;
  tools: readonly ComparedTool[];
}

function buildComparison(
  config: Config,
  { slug, headline, tools }: ComparedTools,
  tallies: Tallies,
): ApiComparison {
  const [a, b] = tools.map((tool) => tallies.get(tool.slug));
  return {
    slug,
    headline,
    url: comparisonUrl(config, slug),
    is_too_close_to_call: isTooCloseToCall(a, b),
    tools: tools.map((tool) => buildTool(config, tool, tallies)),
  };
}

export function buildTool({ panelLabel }: Config, tool: ComparedTool, tallies: Tallies): ApiTool {
  const tally = tallies.get(tool.slug);
  return {
    slug: tool.slug,
    name: tool.name,
    panel: { ship: tool.panel.ship, of: tool.panel.of, label: panelLabel },
    community: {
      votes: shownVotes(tally) ?? null,
      ship_percent: communityPercent(tally) ?? null,
      held: tally?.held ?? 0,
      shown: describeCommunity(tally),
    },
  };
}
