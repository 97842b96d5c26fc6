import type { CrowdFinding, StoredCast } from './evidence.ts';

/** What staff have decided about a crowd; null: it waits for that. */
export type CrowdDecision = 'release' | 'void' | null;

/** By key, as `crowdOf` makes it. */
export type Crowds = ReadonlyMap<string, CrowdDecision>;

export function crowdOf(issueId: number, name: string): string {
  return `${issueId} ${name}`;
}

type Membership = Pick<StoredCast, 'origins' | 'source_key' | 'is_new_reader'>;

/** Of every crowd that the reader of this cast can be a part of: their origins, and where a new reader voted from. */
function crowdNamesOf({ origins, source_key, is_new_reader }: Membership): string[] {
  return [
    ...(origins ?? []).map((id) => `origin ${id}`),
    ...(is_new_reader && source_key !== null ? [`source ${source_key}`] : []),
  ];
}

/** Why the votes of this cast's reader are held, if only for their company, or that they are not, since staff know one of their crowds. */
export function findingOfCrowds(cast: Membership, issueId: number, crowds: Crowds): CrowdFinding | null {
  const decisions = new Set(crowdNamesOf(cast).map((name) => crowds.get(crowdOf(issueId, name))));
  if (decisions.has('release')) {
    return 'released';
  }
  return decisions.has('void') ? 'voided by staff' : decisions.has(null) ? 'one origin' : null;
}
