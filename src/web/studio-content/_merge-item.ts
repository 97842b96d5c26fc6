import type { StoredItem, Values } from './_content-kinds.ts';

export interface FilledForm {
  values: Values;
  /** What the form showed when it was opened; undefined for a form of an earlier release, which does not say. */
  opened: Values | undefined;
  /** Of what it is to replace. */
  revision: string;
  /** What somebody else has changed meanwhile, too, each with its field: "name: …". */
  conflicts: string[];
}

/** What somebody has filled in, with what was saved since the form was opened; `stored` is undefined for something new. */
export function readFilledForm(form: Values, stored: StoredItem | undefined): FilledForm {
  const typed = Object.fromEntries(Object.entries(form).map(([name, value]) => [name, oneLine(value)]));
  const opened = readOpened(form.opened);
  const { revision = '' } = form;
  if (!stored || !opened || stored.revision === revision) {
    return { values: typed, opened, revision, conflicts: [] };
  }
  const merged = mergeItem({ typed, opened, stored: stored.values });
  return { ...merged, opened: stored.values, revision: stored.revision };
}

interface Versions {
  /** As somebody has filled in the form. */
  typed: Values;
  /** As the form was when it was opened. */
  opened: Values;
  /** As it is now: somebody else has saved meanwhile. */
  stored: Values;
}

/** Two people's changes of different fields are both kept; of a field that both have changed, what was typed is. */
function mergeItem({ typed, opened, stored }: Versions): Pick<FilledForm, 'values' | 'conflicts'> {
  const values = { ...typed };
  const conflicts: string[] = [];
  for (const name of new Set([...Object.keys(opened), ...Object.keys(stored)])) {
    const [mine, before, theirs] = [typed, opened, stored].map((version) => oneLine(version[name] ?? ''));
    if (mine === before) {
      values[name] = stored[name] ?? '';
    } else if (theirs !== before && theirs !== mine) {
      conflicts.push(
        `${name}: somebody else changed this meanwhile, to “${theirs}”; saving again replaces that with what is here`,
      );
    }
  }
  return { values, conflicts };
}

export function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
}

function readOpened(text: unknown): Values | undefined {
  try {
    const opened: unknown = JSON.parse(String(text));
    return typeof opened === 'object' && opened !== null
      ? Object.fromEntries(Object.entries(opened).map(([name, value]) => [name, String(value)]))
      : undefined;
  } catch {
    return undefined;
  }
}
