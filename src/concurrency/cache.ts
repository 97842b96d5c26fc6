interface Kept<Value> {
  loaded_at: number;
  value: Promise<Value>;
  is_reloading: boolean;
}

/** Nobody waits for what is loaded anew, unless the old is so many times older than it should be. */
const STILL_GOOD = 10;

/** Keeps what was loaded for so long, per scope and key; what failed to load is asked for again. */
export function keptFor<Value>(
  milliseconds: number,
): (scope: object, key: number, load: () => Promise<Value>) => Promise<Value> {
  const scopes = new WeakMap<object, Map<number, Kept<Value>>>();
  return (scope, key, load) => {
    const kept = scopes.get(scope) ?? new Map<number, Kept<Value>>();
    scopes.set(scope, kept);
    const known = kept.get(key);
    const age = performance.now() - (known?.loaded_at ?? 0);
    if (!known || age > milliseconds * STILL_GOOD) {
      return loadInto(kept, key, load);
    }
    if (age > milliseconds && !known.is_reloading) {
      known.is_reloading = true;
      void reload(known, load);
    }
    return known.value;
  };
}

function loadInto<Value>(
  kept: Map<number, Kept<Value>>,
  key: number,
  load: () => Promise<Value>,
): Promise<Value> {
  const value = load();
  kept.set(key, { loaded_at: performance.now(), value, is_reloading: false });
  value.catch(() => kept.delete(key));
  return value;
}

/** What fails now is tried again at the next call; in the end somebody waits for it, and is told. */
async function reload<Value>(known: Kept<Value>, load: () => Promise<Value>): Promise<void> {
  const value = load();
  await value.then(
    () => Object.assign(known, { loaded_at: performance.now(), value }),
    () => undefined,
  );
  known.is_reloading = false;
}
