/** Counted votes on one tool. */
export interface Tally {
  ship: number;
  skip: number;
  /** Readers with counted votes on both tools of a comparison; absent while voting is open. */
  paired?: number;
  /** How many of these said Ship to this tool, and how many to both. */
  paired_ship?: number;
  both_ship?: number;
}

/**
 * With fewer votes than the first nothing is shown; with fewer than the second, only their number (there, Wilson's 95%
 * interval is still ±15 points wide).
 */
const MIN_SHOWN_VOTES = 10;
const MIN_PERCENT_VOTES = 40;
/** 95% of a normal distribution lies within this many standard deviations. */
const Z_95 = 1.96;

/** The 95% confidence interval of a share (Wilson 1927), within 0 to 1; all of that range when `total` is 0. */
export function wilson(successes: number, total: number): { low: number; high: number } {
  if (total <= 0) {
    return { low: 0, high: 1 };
  }
  const z = Z_95;
  const share = Math.min(1, successes / total);
  const spread = z * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total));
  const middle = share + (z * z) / (2 * total);
  const scale = 1 + (z * z) / total;
  return { low: Math.max(0, (middle - spread) / scale), high: Math.min(1, (middle + spread) / scale) };
}

export function totalOf(tally: Tally): number {
  return tally.ship + tally.skip;
}

/** The number of votes, or undefined while there are too few to show it. */
export function shownVotes(tally: Tally | undefined): number | undefined {
  return tally && totalOf(tally) >= MIN_SHOWN_VOTES ? totalOf(tally) : undefined;
}

/**
 * Percentage of ship votes as an integer, or undefined while there are too few votes to show it. 0 and 100 mean nobody
 * and everybody: one dissenting vote makes it 1 or 99.
 */
export function communityPercent(tally: Tally | undefined): number | undefined {
  if (!tally || totalOf(tally) < MIN_PERCENT_VOTES) {
    return undefined;
  }
  return wholePercent(tally);
}

/** As `communityPercent`, however few votes there are. */
export function wholePercent(tally: Tally): number {
  const percent = Math.round((100 * tally.ship) / totalOf(tally));
  return Math.min(tally.skip > 0 ? 99 : 100, Math.max(tally.ship > 0 ? 1 : 0, percent));
}

/** Whether two percentages are shown whose difference is not significant (two-sided test, 5%). */
export function isTooCloseToCall(a: Tally | undefined, b: Tally | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    totalOf(a) >= MIN_PERCENT_VOTES &&
    totalOf(b) >= MIN_PERCENT_VOTES &&
    Math.abs(zScoreOfDifference(a, b)) < Z_95
  );
}

/**
 * The standard score of the difference between two shares, some of whose voters are the same readers: McNemar's test
 * (1947) if all readers voted on both tools, the pooled two-sample test if none did, and otherwise a test that takes
 * the correlation within pairs into account (Derrick et al. 2015). Above 1.96 in either direction, a difference is
 * significant at 5%.
 */
export function zScoreOfDifference(a: Tally, b: Tally): number {
  const [totalA, totalB] = [totalOf(a), totalOf(b)];
  const difference = a.ship / totalA - b.ship / totalB;
  const share = (a.ship + b.ship) / (totalA + totalB);
  const independent = 1 / totalA + 1 / totalB;
  const shared = (2 * pairsOf(a, b) * correlationOf(a, b)) / (totalA * totalB);
  const variance = share * (1 - share) * (independent - shared);
  return variance > 0 ? difference / Math.sqrt(variance) : Math.sign(difference) * Infinity || 0;
}

/** Sums over several issues may be of pairs with different partners; then nothing is known about pairs. */
function pairsOf(a: Tally, b: Tally): number {
  return a.paired === b.paired && a.both_ship === b.both_ship ? (a.paired ?? 0) : 0;
}

/**
 * The correlation between the two choices of readers who voted on both tools, under the hypothesis of equal shares; 0 if
 * it cannot be known.
 */
function correlationOf(a: Tally, b: Tally): number {
  const pairs = pairsOf(a, b);
  const share = ((a.paired_ship ?? 0) + (b.paired_ship ?? 0)) / (2 * pairs);
  const variance = share * (1 - share);
  return variance > 0 ? ((a.both_ship ?? 0) / pairs - share * share) / variance : 0;
}

/** Shown in place of a result with too few votes. */
export const NOTHING_SHOWN = '—';

/** What readers see of a community figure: "—", "early: 12 votes" or "68% ship (57 votes)". */
export function describeCommunity(tally: Tally | undefined): string {
  const total = shownVotes(tally);
  if (total === undefined) {
    return NOTHING_SHOWN;
  }
  const percent = communityPercent(tally);
  return percent === undefined ? `early: ${total} votes` : `${percent}% ship (${total} votes)`;
}
