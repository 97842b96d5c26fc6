import { createHash } from 'node:crypto';
import type { StoredItem, Values } from './_content-kinds.ts';

/** What a form showed when it was opened, by the names of its fields: hashes, which keep the form small. */
export type BaseHashes = Record<string, string>;

export interface FilledForm {
  values: Values;
  /** Undefined for a form of an earlier release, which does not say. */
  seen: BaseHashes | undefined;
  /** The revision that it is to replace. */
  revision: string;
  /** What somebody else has changed meanwhile as well, each with its field: "name: …". */
  conflicts: string[];
}

/** What somebody has filled in, with what was saved since the form was opened; `stored` is undefined for something new. */
export function readFilledForm(form: Values, stored: StoredItem | undefined): FilledForm {
  const typed = Object.fromEntries(Object.entries(form).map(([name, value]) => [name, oneLine(value)]));
  const seen = readBaseHashes(form.seen);
  const { revision = '' } = form;
  if (!stored || !seen || stored.revision === revision) {
    return { values: typed, seen, revision, conflicts: [] };
  }
  const merged = mergeItem(typed, seen, stored.values);
  return { ...merged, seen: baseHashesOf(stored.values), revision: stored.revision };
}

export function baseHashesOf(values: Values): BaseHashes {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, hashOf(value)]));
}

/**
 * A three-way merge: changes to different fields are both kept; where both changed one field, the typed text wins. A
 * review counts as one field, so that a verdict never gets the quote of another.
 */
function mergeItem(
  typed: Values,
  seen: BaseHashes,
  stored: Values,
): Pick<FilledForm, 'values' | 'conflicts'> {
  const values = { ...typed };
  const conflicts: string[] = [];
  const names = [...new Set([...Object.keys(seen), ...Object.keys(stored)])];
  for (const [field, parts] of Map.groupBy(names, fieldOf)) {
    const differ = (a: (name: string) => string, b: (name: string) => string) =>
      parts.some((name) => a(name) !== b(name));
    const before = (name: string) => seen[name] ?? EMPTY_HASH;
    const mine = (name: string) => hashOf(typed[name] ?? '');
    const theirs = (name: string) => hashOf(stored[name] ?? '');
    if (!differ(mine, before)) {
      parts.forEach((name) => {
        values[name] = stored[name] ?? '';
      });
    } else if (differ(theirs, before) && differ(theirs, mine)) {
      const text = parts.map((name) => oneLine(stored[name] ?? '')).join(', ');
      conflicts.push(
        `${field}: somebody else changed this meanwhile, to “${text}”; saving again replaces that with what is here`,
      );
    }
  }
  return { values, conflicts };
}

/** "the review of mara" for `verdict:mara` and `quote:mara`. */
function fieldOf(name: string): string {
  const [, reviewer] = /^(?:verdict|quote):(.+)$/.exec(name) ?? [];
  return reviewer ? `the review of ${reviewer}` : name;
}

export function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
}

function hashOf(text: string): string {
  return createHash('sha256').update(oneLine(text)).digest('base64url').slice(0, 12);
}

const EMPTY_HASH = hashOf('');

function readBaseHashes(text: unknown): BaseHashes | undefined {
  try {
    const seen: unknown = JSON.parse(String(text));
    return typeof seen === 'object' && seen !== null
      ? Object.fromEntries(Object.entries(seen).map(([name, hash]) => [name, String(hash)]))
      : undefined;
  } catch {
    return undefined;
  }
}
