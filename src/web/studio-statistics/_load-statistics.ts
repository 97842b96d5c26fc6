import { sql } from 'kysely';
import { cachePerScope } from '../../concurrency/cache.ts';
import type { Db } from '../../database/connect.ts';
import { type Issue, listSentIssues } from '../../issues/record/issue.ts';
import { type LinkClicks, listClicks } from '../../issues/results/clicks.ts';
import { countDeliveriesOf, type DeliveryCounts } from '../../sending/deliveries/count-deliveries.ts';
import { loadTalliesOf, type ToolTally } from '../../votes/tally/load-tallies.ts';
import { listVariantsOf, NOTHING, type Variant } from '../../issues/select/variants.ts';
import { totalOf } from '../../votes/tally/tally.ts';

/** How one issue went. */
export interface IssueStatistics {
  week: string;
  number: number;
  subject: string;
  sent_at: Date;
  mails: number;
  delivered: number;
  bounced: number;
  complained: number;
  suppressed: number;
  is_voting_open: boolean;
  /** Unsubscribed, suppressed or erased after it, and before the next one. */
  left: number;
  votes: number;
  held: number;
  comparisons: ComparisonStatistics[];
  /** Only if they are counted. */
  clicks: LinkClicks[];
}

export interface ComparisonStatistics {
  /** "A vs B" */
  headline: string;
  /** Counted, on both tools. */
  votes: number;
  /** Readers for whom a mail with it was prepared: readers with categories may have got others. */
  prepared: number;
}

const cachedStatistics = cachePerScope<IssueStatistics[]>({ max: 2, ttl_ms: 60_000 });

/** The newest issues that were sent, newest first; at most a minute old. */
export function loadStatistics(db: Db, limit: number): Promise<IssueStatistics[]> {
  return cachedStatistics(db, String(limit), async () => {
    const issues = await listSentIssues(db, limit);
    const ids = issues.map(({ id }) => id);
    const [left, counts, tallies, clicks, variants] = await Promise.all([
      countLeavers(db, issues),
      countDeliveriesOf(db, ids),
      loadTalliesOf(db, ids),
      listClicks(db, issues),
      listVariantsOf(db, ids),
    ]);
    return issues.map((issue, index) =>
      summarize(issue, {
        left: left[index] ?? 0,
        counts: counts.get(issue.id) ?? {},
        tallies: tallies.get(issue.id) ?? [],
        clicks: clicks.get(issue.id) ?? [],
        variants: variants.get(issue.id) ?? [],
      }),
    );
  });
}

interface Figures {
  left: number;
  counts: DeliveryCounts;
  tallies: readonly ToolTally[];
  clicks: LinkClicks[];
  variants: readonly Variant[];
}

function summarize(
  { week, number, content, prepared_at, voting_closed_at }: Issue,
  { left, counts, tallies, clicks, variants }: Figures,
): IssueStatistics {
  const sum = Object.values(counts).reduce((total, count) => total + count, 0);
  const { delivered = 0, complained = 0, bounced = 0, suppressed = 0, skipped = 0, cancelled = 0 } = counts;
  const mails = sum - skipped - cancelled;
  return {
    week,
    number,
    subject: content.subject,
    sent_at: prepared_at ?? new Date(0),
    mails,
    // A complaint is about a mail that arrived.
    delivered: delivered + complained,
    bounced,
    complained,
    suppressed,
    is_voting_open: voting_closed_at === null,
    left,
    votes: tallies.reduce((total, tally) => total + totalOf(tally), 0),
    held: tallies.reduce((total, tally) => total + tally.held, 0),
    clicks,
    comparisons: [content.lead, ...content.more].map(({ slug, headline, tools }) => ({
      headline,
      prepared: sum - countMailsWithout(variants, slug),
      votes: tallies
        .filter(({ tool_slug }) => tools.some(({ slug }) => slug === tool_slug))
        .reduce((total, tally) => total + totalOf(tally), 0),
    })),
  };
}

/** Readers who unsubscribed, were suppressed or erased between each issue and the one that went out after it; in the order of the issues. */
async function countLeavers(db: Db, issues: readonly Issue[]): Promise<number[]> {
  // An issue may have gone out after that of a later week.
  const bySending = issues.toSorted((a, b) => startOf(a).getTime() - startOf(b).getTime());
  const starts = bySending.map(startOf);
  if (starts.length === 0) {
    return [];
  }
  const { rows } = await sql<{ bucket: number; readers: number }>`
    with departures as (
      select case when status = 'suppressed' then suppressed_at else unsubscribed_at end as at from subscribers
      where confirmed_at is not null and status in ('unsubscribed', 'suppressed')
      union all
      select ended_at from past_consents where consent ->> 'confirmed_at' is not null
      union all
      select departed_at from suppressions
    )
    select width_bucket(at, ${starts}::timestamptz[]) as bucket, count(*)::integer as readers
    from departures where at >= ${starts[0]} group by 1`.execute(db);
  const byBucket = new Map(rows.map(({ bucket, readers }) => [bucket, readers]));
  return issues.map((issue) => byBucket.get(bySending.indexOf(issue) + 1) ?? 0);
}

function startOf({ prepared_at }: Issue): Date {
  return prepared_at ?? new Date(0);
}

/** Mails of variants that do not have a comparison, as they were prepared. */
function countMailsWithout(variants: readonly Variant[], slug: string): number {
  return variants
    .filter(({ variant, comparisons }) => variant !== NOTHING && !comparisons.includes(slug))
    .reduce((sum, { readers }) => sum + (readers ?? 0), 0);
}
