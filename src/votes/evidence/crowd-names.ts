import type { CrowdFinding, StoredCast } from './evidence.ts';

/** What staff have decided about a crowd; null while it waits for a decision. */
export type CrowdDecision = 'release' | 'void' | null;

/** Each crowd that was found, with what staff decided about it, by its `crowdKey`. */
export type Crowds = ReadonlyMap<string, CrowdDecision>;

export function crowdKey(issueId: number, name: string): string {
  return `${issueId} ${name}`;
}

type Membership = Pick<StoredCast, 'origins' | 'source_key' | 'is_new_reader'>;

/**
 * The names of all crowds that the reader of this cast could be in: one for each origin, and one for a new reader's
 * source.
 */
function crowdNamesOf({ origins, source_key, is_new_reader }: Membership): string[] {
  return [
    ...(origins ?? []).map((id) => `origin ${id}`),
    ...(is_new_reader && source_key !== null ? [`source ${source_key}`] : []),
  ];
}

/**
 * What the reader's crowds mean for their votes: `released` if staff have released one of them; otherwise why they hold
 * the votes; null if the reader is in none.
 */
export function findingOfCrowds(cast: Membership, issueId: number, crowds: Crowds): CrowdFinding | null {
  const decisions = new Set(crowdNamesOf(cast).map((name) => crowds.get(crowdKey(issueId, name))));
  if (decisions.has('release')) {
    return 'released';
  }
  return decisions.has('void') ? 'voided by staff' : decisions.has(null) ? 'one origin' : null;
}
