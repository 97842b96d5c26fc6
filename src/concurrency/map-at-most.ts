import pLimit from 'p-limit';

/** Like `Promise.all` of a map, with at most `count` calls at a time. After the first failure no further call begins. */
export async function mapAtMost<Item, Result>(
  count: number,
  items: Iterable<Item>,
  act: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const limit = pLimit(count);
  try {
    return await limit.map(items, act);
  } catch (error) {
    limit.clearQueue();
    throw error;
  }
}
