import { setTimeout as sleep } from 'node:timers/promises';

interface PendingItem<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

interface Queue<Item, Result> {
  pending: PendingItem<Item, Result>[];
  flushes: number;
}

type Flush<Scope, Item, Result> = (scope: Scope, items: readonly Item[]) => Promise<readonly Result[]>;

/** While PostgreSQL works on one flush, a second one may start if it is large enough, or if its items have waited too long. */
const MAX_CONCURRENT_FLUSHES = 2;
const LARGE_FLUSH_ITEMS = 40;
const MAX_WAIT_MS = 100;
/** A smaller flush waits this long for more items after the one before: many small flushes cost more than they save. */
const LINGER_MS = 4;

/**
 * A micro-batcher: items that arrive while a flush is running wait, and are then flushed together, at most `maxItems` at
 * a time. Each caller gets its own result; all items of a flush fail together. A single item is flushed immediately.
 * Queues are separate for each scope, such as a context.
 */
export function createBatcher<Scope extends object, Item, Result>(
  flush: Flush<Scope, Item, Result>,
  { maxItems }: { maxItems: number },
): (scope: Scope, item: Item) => Promise<Result> {
  const queues = new WeakMap<Scope, Queue<Item, Result>>();
  const start = (scope: Scope, queue: Queue<Item, Result>) => {
    queue.flushes += 1;
    // Includes the items that arrive in the same iteration of the event loop.
    setImmediate(() => void flushPending(scope, queue, flush, maxItems));
  };
  return (scope, item) =>
    new Promise((resolve, reject) => {
      const queue = queues.get(scope) ?? { pending: [], flushes: 0 };
      queues.set(scope, queue);
      queue.pending.push({ item, resolve, reject });
      const canStart = () => queue.flushes < MAX_CONCURRENT_FLUSHES && queue.pending.length > 0;
      if (queue.flushes === 0 || (canStart() && queue.pending.length >= LARGE_FLUSH_ITEMS)) {
        start(scope, queue);
      } else if (queue.pending.length === 1) {
        setTimeout(() => canStart() && start(scope, queue), MAX_WAIT_MS);
      }
    });
}

async function flushPending<Scope, Item, Result>(
  scope: Scope,
  queue: Queue<Item, Result>,
  flush: Flush<Scope, Item, Result>,
  maxItems: number,
): Promise<void> {
  const { pending } = queue;
  do {
    const batch = pending.splice(0, maxItems);
    const items = batch.map(({ item }) => item);
    try {
      const results = items.length > 0 ? await flush(scope, items) : [];
      batch.forEach(({ resolve }, index) => resolve(results[index] as Result));
    } catch (error) {
      batch.forEach(({ reject }) => reject(error));
    }
    if (pending.length < LARGE_FLUSH_ITEMS && queue.flushes === 1) {
      await sleep(LINGER_MS);
    }
  } while (pending.length >= (queue.flushes === 1 ? 1 : LARGE_FLUSH_ITEMS));
  queue.flushes -= 1;
}
