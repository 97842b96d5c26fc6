interface Kept<Value> {
  until: number;
  value: Promise<Value>;
}

/** Keeps what was loaded for so long, per scope and key; what failed to load is asked for again. */
export function keptFor<Value>(
  milliseconds: number,
): (scope: object, key: number, load: () => Promise<Value>) => Promise<Value> {
  const scopes = new WeakMap<object, Map<number, Kept<Value>>>();
  return (scope, key, load) => {
    const kept = scopes.get(scope) ?? new Map<number, Kept<Value>>();
    scopes.set(scope, kept);
    const known = kept.get(key);
    if (known && known.until > performance.now()) {
      return known.value;
    }
    const value = load();
    kept.set(key, { until: performance.now() + milliseconds, value });
    value.catch(() => kept.delete(key));
    return value;
  };
}
