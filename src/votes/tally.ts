/** Counted votes on one tool. */
export interface Tally {
  ship: number;
  skip: number;
}

/** Below this nothing is shown; below MIN_PERCENT_VOTES only how many voted (Wilson 95 % is ±15 points there). */
const MIN_SHOWN_VOTES = 10;
const MIN_PERCENT_VOTES = 40;

export function totalOf(tally: Tally): number {
  return tally.ship + tally.skip;
}

/** Whole per cent of ship, or undefined while there are too few votes to show one. */
export function communityPercent(tally: Tally | undefined): number | undefined {
  return tally && totalOf(tally) >= MIN_PERCENT_VOTES
    ? Math.round((100 * tally.ship) / totalOf(tally))
    : undefined;
}

/** What readers see of a community figure: "—", "early: 12 votes" or "68 % ship (57 votes)". */
export function describeCommunity(tally: Tally | undefined): string {
  const total = tally ? totalOf(tally) : 0;
  if (total < MIN_SHOWN_VOTES) {
    return '—';
  }
  const percent = communityPercent(tally);
  return percent === undefined ? `early: ${total} votes` : `${percent}% ship (${total} votes)`;
}
