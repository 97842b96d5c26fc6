import type {
  ComparisonContent,
  RecapContent,
  RecapTool,
  ToolContent,
} from '../../../emails/_parts/content/content.ts';
import type { Tx } from '../../database/connect.ts';
import { countVoters } from '../../votes/tally/count-voters.ts';
import {
  communityPercent,
  describeCommunity,
  isTooCloseToCall,
  type Tally,
  totalOf,
} from '../../votes/tally/tally.ts';
import { shiftWeek, type Week } from '../../week.ts';
import type { Issue } from '../record/issue.ts';

/**
 * The frozen result of the previous issue that was sent; null if there is none, its voting is open, or nobody voted.
 */
export async function loadRecap(tx: Tx, week: Week): Promise<RecapContent | null> {
  const last = (await tx
    .selectFrom('issues')
    .selectAll()
    .where('week', '<', week)
    .where('prepared_at', 'is not', null)
    .orderBy('week', 'desc')
    .limit(1)
    .executeTakeFirst()) as Issue | undefined;
  if (!last) {
    return null;
  }
  const rows = await tx.selectFrom('tallies').selectAll().where('issue_id', '=', last.id).execute();
  const tallies = new Map(rows.map((tally) => [tally.tool_slug, tally]));
  const votes = rows.reduce((sum, tally) => sum + totalOf(tally), 0);
  return votes === 0
    ? null
    : {
        ...composeRecap([last.content.lead, ...last.content.more], tallies),
        week: last.week,
        when: last.week === shiftWeek(week, -1) ? 'last week' : `in issue ${last.number}`,
        votes,
        // Its votes are deleted once it is past.
        voters: last.past_at ? 0 : await countVoters(tx, last.id),
        held: rows.reduce((sum, { held }) => sum + held, 0),
      };
}

/** Compares the readers' counts for each tool with the panel. */
function composeRecap(
  comparisons: readonly ComparisonContent[],
  tallies: ReadonlyMap<string, Tally>,
): Pick<RecapContent, 'tools' | 'widest_gap' | 'too_close'> {
  const tools = comparisons.flatMap((comparison) => comparison.tools);
  return {
    tools: comparisons.flatMap(({ tools: pair }) => {
      const ahead = findAhead(pair, tallies);
      return pair.map((tool) => composeTool(tool, tallies.get(tool.slug), tool === ahead));
    }),
    widest_gap: describeWidestGap(tools, (slug) => communityPercent(tallies.get(slug))),
    too_close: comparisons
      .filter(({ tools: [a, b] }) => isTooCloseToCall(tallies.get(a.slug), tallies.get(b.slug)))
      .map(({ headline }) => headline),
  };
}

/** The tool that a larger share of its voters would ship; undefined if the two are too close to call. */
function findAhead(
  [a, b]: ComparisonContent['tools'],
  tallies: ReadonlyMap<string, Tally>,
): ToolContent | undefined {
  const [one, other] = [tallies.get(a.slug), tallies.get(b.slug)];
  const [percent, otherPercent] = [communityPercent(one), communityPercent(other)];
  if (percent === undefined || otherPercent === undefined || isTooCloseToCall(one, other)) {
    return undefined;
  }
  return percent === otherPercent ? undefined : percent > otherPercent ? a : b;
}

function composeTool(
  { slug, name, panel }: ToolContent,
  tally: Tally | undefined,
  is_ahead: boolean,
): RecapTool {
  const percent = communityPercent(tally);
  return {
    slug,
    name,
    panel: `${panel.ship} of ${panel.of} ship`,
    community: describeCommunity(tally),
    percents: { readers: percent ?? null, panel: panel.percent },
    is_ahead,
    said: {
      ship: percent === undefined ? 'You said Ship' : `You said Ship; ${percent}% agreed`,
      skip: percent === undefined ? 'You said Skip' : `You said Skip; ${100 - percent}% agreed`,
    },
  };
}

const MIN_GAP_POINTS = 5;

/**
 * Null while no tool has enough votes for a percentage, and if readers and the panel agree on all; `percentOf` returns the
 * percentage of readers who would ship a tool.
 */
export function describeWidestGap(
  tools: readonly ToolContent[],
  percentOf: (slug: string) => number | undefined,
): string | null {
  const gaps = tools.flatMap(({ slug, name, panel }) => {
    const percent = percentOf(slug);
    return percent === undefined || panel.of === 0
      ? []
      : [{ name, panel, percent, gap: Math.abs(percent - panel.percent) }];
  });
  const [widest] = gaps.toSorted((a, b) => b.gap - a.gap);
  return widest && widest.gap >= MIN_GAP_POINTS
    ? `Readers and the panel disagree most on ${widest.name}: ${widest.percent}% of readers would ship it, against ${widest.panel.ship} of ${widest.panel.of} reviewers.`
    : null;
}
