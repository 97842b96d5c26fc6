import type { Evidence, Sources, StoredCast, Voter } from './evidence.ts';

/** Adds to each cast how many readers voted from its source, counting both these readers and the `others`. */
export function withSourceCounts(
  voters: readonly Voter[],
  readers: readonly Evidence[],
  others: Sources,
): Evidence[] {
  const all = countReaders(voters, readers, () => true);
  const early = countReaders(voters, readers, ({ is_early, is_remembered }) => is_early && !is_remembered);
  const countsOf = ({ source_key: key }: StoredCast) =>
    key === null
      ? { source_readers: 0, early_source_readers: 0 }
      : {
          source_readers: (all.get(key) ?? 0) + (others.get(key)?.readers ?? 0),
          early_source_readers: (early.get(key) ?? 0) + (others.get(key)?.early_readers ?? 0),
        };
  return readers.map((reader) => ({
    ...reader,
    casts: reader.casts.map((cast) => ({ ...cast, ...countsOf(cast) })),
  }));
}

/** A reader who votes on two issues at once is one reader. */
function countReaders(
  voters: readonly Voter[],
  readers: readonly Evidence[],
  isIncluded: (cast: StoredCast) => boolean,
): Map<string, number> {
  const subscriberIds = new Map<string, Set<number>>();
  for (const [index, { casts }] of readers.entries()) {
    for (const cast of casts) {
      if (cast.source_key !== null && isIncluded(cast)) {
        const ids = subscriberIds.get(cast.source_key) ?? new Set();
        subscriberIds.set(cast.source_key, ids.add(voters[index]!.subscriber_id));
      }
    }
  }
  return new Map([...subscriberIds].map(([key, ids]) => [key, ids.size]));
}
