import type { Sources, StoredCast } from './evidence.ts';

/** Tells each cast how many readers voted from its place: these here, and the others. */
export function countSources(readers: readonly { casts: readonly StoredCast[] }[], others: Sources): void {
  const all = countReaders(readers, () => true);
  const early = countReaders(readers, ({ is_early }) => is_early);
  for (const cast of readers.flatMap(({ casts }) => casts)) {
    const key = cast.source_key;
    cast.source_readers = key === null ? 0 : (all.get(key) ?? 0) + (others.get(key)?.readers ?? 0);
    cast.early_source_readers =
      key === null ? 0 : (early.get(key) ?? 0) + (others.get(key)?.early_readers ?? 0);
  }
}

function countReaders(
  readers: readonly { casts: readonly StoredCast[] }[],
  isMeant: (cast: StoredCast) => boolean,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { casts } of readers) {
    const keys = new Set(casts.flatMap((cast) => (isMeant(cast) ? (cast.source_key ?? []) : [])));
    for (const key of keys) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}
