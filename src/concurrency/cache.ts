import { LRUCache } from 'lru-cache';

interface CacheOptions {
  /** Entries per scope; the least recently used one is evicted. */
  max: number;
  /** Fresh for this long; without it, until evicted. */
  ttl_ms?: number;
  /** After that, still served for this long while it is loaded again in the background (stale-while-revalidate). */
  stale_ms?: number;
}

type Load<Value> = () => Promise<Value>;

/**
 * A cache for each scope, such as a database. Concurrent callers of a missing entry share one load. A load that fails is
 * not cached: its callers get the error, and a stale value stays in use until it expires.
 */
export function cachePerScope<Value extends {}>({ max, ttl_ms = 0, stale_ms = 0 }: CacheOptions) {
  const scopes = new WeakMap<object, LRUCache<string | number, Value, Load<Value>>>();
  return async (scope: object, key: string | number, load: Load<Value>): Promise<Value> => {
    const cache = scopes.get(scope) ?? createCache(max, ttl_ms);
    scopes.set(scope, cache);
    const allowStale = cache.getRemainingTTL(key) > -stale_ms;
    return cache.forceFetch(key, { allowStale, context: load });
  };
}

function createCache<Value extends {}>(max: number, ttl: number) {
  return new LRUCache<string | number, Value, Load<Value>>({
    max,
    ttl,
    perf: performance,
    fetchMethod: (_key, _stale, { context }) => context(),
    noDeleteOnFetchRejection: true,
    noDeleteOnStaleGet: true,
  });
}
