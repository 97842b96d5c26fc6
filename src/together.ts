/**
 * Work that is cheaper done together: calls that come while others are being written wait, and are then written in
 * one go. Each call gets its own result; all of a group fail together. `Scope` tells apart databases, for instance.
 */
export function together<Scope extends object, Item, Result>(
  write: (scope: Scope, items: readonly Item[]) => Promise<readonly Result[]>,
  atMost: number,
): (scope: Scope, item: Item) => Promise<Result> {
  const groups = new WeakMap<Scope, { waiting: Waiting<Item, Result>[]; isWriting: boolean }>();
  return (scope, item) =>
    new Promise((resolve, reject) => {
      const group = groups.get(scope) ?? { waiting: [], isWriting: false };
      groups.set(scope, group);
      group.waiting.push({ item, resolve, reject });
      if (!group.isWriting) {
        group.isWriting = true;
        void writeAll(scope, group.waiting, write, atMost).finally(() => (group.isWriting = false));
      }
    });
}

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

async function writeAll<Scope, Item, Result>(
  scope: Scope,
  waiting: Waiting<Item, Result>[],
  write: (scope: Scope, items: readonly Item[]) => Promise<readonly Result[]>,
  atMost: number,
): Promise<void> {
  while (waiting.length > 0) {
    const now = waiting.splice(0, atMost);
    try {
      const results = await write(
        scope,
        now.map(({ item }) => item),
      );
      now.forEach(({ resolve }, index) => resolve(results[index] as Result));
    } catch (error) {
      now.forEach(({ reject }) => reject(error));
    }
  }
}
