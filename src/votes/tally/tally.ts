/** Counted votes on one tool. */
export interface Tally {
  ship: number;
  skip: number;
}

/**
 * With fewer votes nothing is shown; with fewer than MIN_PERCENT_VOTES only their number (Wilson's 95% interval is ±15
 * points there).
 */
const MIN_SHOWN_VOTES = 10;
const MIN_PERCENT_VOTES = 40;

/** The 95% confidence interval of a share (Wilson 1927), within 0 to 1; all of that range when `total` is 0. */
export function wilson(successes: number, total: number): { low: number; high: number } {
  if (total <= 0) {
    return { low: 0, high: 1 };
  }
  const z = 1.96;
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
  const percent = Math.round((100 * tally.ship) / totalOf(tally));
  return Math.min(tally.skip > 0 ? 99 : 100, Math.max(tally.ship > 0 ? 1 : 0, percent));
}

/** Whether the order of two shown shares is not significant: their intervals overlap. */
export function isTooCloseToCall(a: Tally | undefined, b: Tally | undefined): boolean {
  if (!a || !b || totalOf(a) < MIN_PERCENT_VOTES || totalOf(b) < MIN_PERCENT_VOTES) {
    return false;
  }
  const [one, other] = [wilson(a.ship, totalOf(a)), wilson(b.ship, totalOf(b))];
  return one.low <= other.high && other.low <= one.high;
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
