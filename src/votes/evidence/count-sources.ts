import type { Evidence, Sources, StoredCast } from './evidence.ts';

/** Adds to each cast how many readers voted from its source, counting both these readers and the `others`. */
export function withSourceCounts(readers: readonly Evidence[], others: Sources): Evidence[] {
  const all = countReaders(readers, () => true);
  const early = countReaders(readers, ({ is_early, is_remembered }) => is_early && !is_remembered);
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

function countReaders(
  readers: readonly Evidence[],
  isIncluded: (cast: StoredCast) => boolean,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { casts } of readers) {
    const keys = new Set(casts.flatMap((cast) => (isIncluded(cast) ? (cast.source_key ?? []) : [])));
    for (const key of keys) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}
