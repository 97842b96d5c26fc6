import type { ContentDocument } from '../parse/read-content.ts';

/** The number of items in all lists of a document, including the lists inside its items. */
export function countEntries(document: ContentDocument): number {
  const items = itemsOf(document);
  return items.reduce<number>((count, item) => count + itemsOf(item).length, items.length);
}

function itemsOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null
    ? Object.values(value)
        .filter((field) => Array.isArray(field))
        .flat()
    : [];
}
