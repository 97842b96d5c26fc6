import { setTimeout as pause } from 'node:timers/promises';

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

interface Group<Item, Result> {
  waiting: Waiting<Item, Result>[];
  goes: number;
}

/** While one go is with PostgreSQL another is made ready, if so many wait for it, or one for so long. */
const MAX_CONCURRENT_FLUSHES = 2;
const ENOUGH = 40;
const MAX_WAIT_MS = 100;
/** Fewer gather for so long between two goes: many small ones cost more than they hurry. */
const LINGER_MS = 4;

/**
 * Work that is cheaper done together: calls that come while others are being written wait, and are then written in
 * one go of at most so many. Each call gets its own result; all of a go fail together. `Scope` tells apart databases,
 * for instance. A call on its own never waits.
 */
export function together<Scope extends object, Item, Result>(
  write: (scope: Scope, items: readonly Item[]) => Promise<readonly Result[]>,
  maxItems: number,
): (scope: Scope, item: Item) => Promise<Result> {
  const groups = new WeakMap<Scope, Group<Item, Result>>();
  const begin = (scope: Scope, group: Group<Item, Result>) => {
    group.goes += 1;
    // What arrives in the same turn of the event loop goes along.
    setImmediate(() => void writeAll(scope, group, write, maxItems));
  };
  return (scope, item) =>
    new Promise((resolve, reject) => {
      const group = groups.get(scope) ?? { waiting: [], goes: 0 };
      groups.set(scope, group);
      group.waiting.push({ item, resolve, reject });
      const mayBegin = () => group.goes < MAX_CONCURRENT_FLUSHES && group.waiting.length > 0;
      if (group.goes === 0 || (mayBegin() && group.waiting.length >= ENOUGH)) {
        begin(scope, group);
      } else if (group.waiting.length === 1) {
        setTimeout(() => mayBegin() && begin(scope, group), MAX_WAIT_MS);
      }
    });
}

async function writeAll<Scope, Item, Result>(
  scope: Scope,
  group: Group<Item, Result>,
  write: (scope: Scope, items: readonly Item[]) => Promise<readonly Result[]>,
  maxItems: number,
): Promise<void> {
  const { waiting } = group;
  do {
    const now = waiting.splice(0, maxItems);
    const items = now.map(({ item }) => item);
    try {
      const results = items.length > 0 ? await write(scope, items) : [];
      now.forEach(({ resolve }, index) => resolve(results[index] as Result));
    } catch (error) {
      now.forEach(({ reject }) => reject(error));
    }
    if (waiting.length < ENOUGH && group.goes === 1) {
      await pause(LINGER_MS);
    }
  } while (waiting.length >= (group.goes === 1 ? 1 : ENOUGH));
  group.goes -= 1;
}
