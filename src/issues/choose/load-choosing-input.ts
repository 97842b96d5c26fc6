import {
  type ComparisonFacts,
  listComparisons,
  listComparisonsBySlug,
  listReviewers,
  listToolsReviewed,
} from '../../comparisons/show/facts.ts';
import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { loadCommunityTallies } from '../../votes/tally/community.ts';
import type { Week } from '../../week.ts';
import type { ChoosingInput } from './choose.ts';
import { listPins } from './pins.ts';
import type { MadeFrom } from '../record/issue.ts';
import { isNotSkipped } from '../record/status.ts';

const DAY_MS = 86_400_000;
/** Maximum number of published comparisons, newest first, that an issue is chosen from. */
const MAX_CANDIDATES = 1_000;

/** Loads everything that choosing depends on. */
export async function loadChoosingInput(
  { config }: Context,
  tx: Tx,
  week: Week,
  now: Date,
): Promise<ChoosingInput> {
  const cutOff = await findCutOff(tx, week, now);
  const pinned = await listPins(tx);
  const newest = await listComparisons(tx, now, MAX_CANDIDATES);
  const wanted = await listComparisonsBySlug(tx, pinned);
  const isPublished = ({ published_at }: ComparisonFacts) => published_at <= now;
  const older = wanted.filter((one) => isPublished(one) && !newest.some(({ slug }) => slug === one.slug));
  const comparisons = [...newest, ...older];
  const newTools = await listToolsReviewed(tx, { from: dayOf(cutOff), until: dayOf(now) });
  const slugs = [...comparisons.flatMap(({ tools }) => tools), ...newTools].map((tool) => tool.slug);
  return {
    week,
    now,
    cutOff,
    comparisons,
    newTools,
    compared: await listCompared(
      tx,
      newTools.map(({ slug }) => slug),
    ),
    pinned,
    unpublished: wanted.filter((one) => !isPublished(one)),
    reviewers: await listReviewers(tx),
    community: await loadCommunityTallies(tx, [...new Set(slugs)]),
    max: config.maxComparisons,
    min: config.minComparisons,
    ...(await loadHistory(tx, week)),
  };
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/**
 * The pairs of these tools that have been compared, in an issue or in a comparison, even if that is published later.
 */
async function listCompared(tx: Tx, tools: readonly string[]): Promise<[a: string, b: string][]> {
  const these = sql<string>`any(${[...tools]}::text[])`;
  const pairs = await tx
    .selectFrom('comparisons')
    .select(['tool_a', 'tool_b'])
    .where('tool_a', '=', these)
    .where('tool_b', '=', these)
    .union(
      tx
        .selectFrom('issue_comparisons')
        .innerJoin('issues', 'issues.id', 'issue_id')
        .select(['tool_a', 'tool_b'])
        .where(isNotSkipped())
        .where('tool_a', '=', these)
        .where('tool_b', '=', these),
    )
    .execute();
  return pairs.map(({ tool_a, tool_b }) => [tool_a, tool_b]);
}

/** The draft time of the last issue before this week; for the first issue, a week before `now`. */
async function findCutOff(tx: Tx, week: Week, now: Date): Promise<Date> {
  const last = await tx
    .selectFrom('issues')
    .select('cut_off_at')
    .where('week', '<', week)
    .where(isNotSkipped())
    .orderBy('week', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.cut_off_at ?? new Date(now.getTime() - 7 * DAY_MS);
}

/** What other issues had. */
export async function loadHistory(
  tx: Db | Tx,
  week: Week,
): Promise<Pick<ChoosingInput, 'usedComparisons' | 'usedTools'>> {
  const used = await tx
    .selectFrom('issue_comparisons')
    .innerJoin('issues', 'issues.id', 'issue_comparisons.issue_id')
    .select([
      'issues.week',
      'prepared_at',
      'drafted_at',
      'issues.made_from',
      'comparison_slug',
      'tool_a',
      'tool_b',
    ])
    .where(isNotSkipped())
    // Later ones as well: an issue may be drafted before that of an earlier week.
    .where('issues.week', '<>', week)
    .orderBy('issues.week', 'desc')
    .execute();
  return {
    usedComparisons: lastUses(used),
    usedTools: used.flatMap((row) =>
      [row.tool_a, row.tool_b].map((slug) => ({
        slug,
        week: row.week,
        revision: (row.made_from as MadeFrom).tools[slug] ?? 0,
      })),
    ),
  };
}

function lastUses(
  used: readonly { comparison_slug: string; prepared_at: Date | null; drafted_at: Date }[],
): Map<string, Date> {
  const last = new Map<string, Date>();
  for (const { comparison_slug, prepared_at, drafted_at } of used) {
    const at = prepared_at ?? drafted_at;
    const known = last.get(comparison_slug);
    last.set(comparison_slug, known && known > at ? known : at);
  }
  return last;
}
