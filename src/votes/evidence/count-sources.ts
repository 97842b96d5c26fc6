import type { Evidence, Sources, StoredCast, Voter } from './evidence.ts';

/** A vote and where it came from. */
export type SourcedVote = Pick<Voter, 'subscriber_id'> &
  Pick<StoredCast, 'source_key' | 'is_early' | 'is_remembered'>;

export type SourceCounts = Pick<StoredCast, 'source_readers' | 'early_source_readers'>;

/**
 * Counts how many readers voted from each source, both in `votes` and of the `others`. A reader who votes on two issues at once is
 * one reader.
 */
export function countSources(
  votes: Iterable<SourcedVote>,
  others: Sources,
): (sourceKey: string | null) => SourceCounts {
  const all = new Map<string, Set<number>>();
  const early = new Map<string, Set<number>>();
  for (const { subscriber_id, source_key, is_early, is_remembered } of votes) {
    if (source_key !== null) {
      add(all, source_key, subscriber_id);
      if (is_early && !is_remembered) {
        add(early, source_key, subscriber_id);
      }
    }
  }
  return (key) =>
    key === null
      ? { source_readers: 0, early_source_readers: 0 }
      : {
          source_readers: (all.get(key)?.size ?? 0) + (others.get(key)?.readers ?? 0),
          early_source_readers: (early.get(key)?.size ?? 0) + (others.get(key)?.early_readers ?? 0),
        };
}

/** Counts the sources of these readers' casts again, after some were added. */
export function withSourceCounts(
  voters: readonly Voter[],
  readers: readonly Evidence[],
  others: Sources,
): Evidence[] {
  const votes = readers.flatMap(({ casts }, index) =>
    casts.map((cast) => ({ ...cast, subscriber_id: voters[index]!.subscriber_id })),
  );
  const countsOf = countSources(votes, others);
  return readers.map((reader) => ({
    ...reader,
    casts: reader.casts.map((cast) => ({ ...cast, ...countsOf(cast.source_key) })),
  }));
}

function add(readers: Map<string, Set<number>>, key: string, subscriberId: number): void {
  const ids = readers.get(key);
  if (ids) {
    ids.add(subscriberId);
  } else {
    readers.set(key, new Set([subscriberId]));
  }
}
