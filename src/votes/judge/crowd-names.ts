import type { StoredCast } from './evidence.ts';

/** By key (`crowdOf`): whether staff have released the crowd; all others are held. */
export type Crowds = ReadonlyMap<string, boolean>;

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

/** In a crowd, and in none whose readers staff know to be people. */
export function isInHeldCrowd(cast: Membership, issueId: number, crowds: Crowds): boolean {
  const states = crowdNamesOf(cast).map((name) => crowds.get(crowdOf(issueId, name)));
  return states.includes(false) && !states.includes(true);
}
