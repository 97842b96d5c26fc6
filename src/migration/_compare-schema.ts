import type { Schema } from '../database/read-schema.ts';

/** An object that differs from what this version expects. */
export interface Difference {
  /** Such as `index batches.batches_open`. */
  object: string;
  kind: 'missing' | 'different' | 'unexpected';
  /** One sentence with the expected and the actual definition. */
  description: string;
}

/** Content tables that a site may replace with its own views (docs/content.md). */
const REPLACEABLE = new Set(['reviewers', 'tools', 'reviews', 'comparisons', 'tool_pictures']);

/** Objects that statements name. A newer version may have other keys, indexes, partitions and function bodies. */
const NEEDED_BY_STATEMENTS = /^(?:table|column|function|queue) /;

/**
 * Extra tables, non-unique indexes and functions are ignored; an extra column, constraint or unique index on one of our
 * tables is a difference. If a newer version has migrated (`isNewer`), only the objects that this version's statements name must exist.
 */
export function compareSchema(expected: Schema, found: Schema, isNewer: boolean): Difference[] {
  const required = withoutReplacedTables(expected, found);
  // A missing table is reported once, without its columns, constraints and indexes.
  const isTableMissing = (object: string) =>
    !/^(?:table|function|queue) /.test(object) && !(`table ${tableOf(object)}` in found);
  const missing = Object.entries(required).flatMap(([object, definition]): Difference[] => {
    const actual = found[object];
    if (isTableMissing(object) || (isNewer && !NEEDED_BY_STATEMENTS.test(object))) {
      return [];
    }
    if (actual === undefined) {
      return [{ object, kind: 'missing', description: `${object} is missing: ${oneLine(definition)}` }];
    }
    const mayDiffer = isNewer && /^(?:table|function) /.test(object) && !isReplaced(object, found);
    const isSame =
      mayDiffer || actual === definition || (isReplaced(object, found) && !object.startsWith('table '));
    return isSame
      ? []
      : [
          {
            object,
            kind: 'different',
            description: `${object} is ${oneLine(actual)}, but should be ${oneLine(definition)}`,
          },
        ];
  });
  const unexpected = Object.entries(found).flatMap(([object, definition]): Difference[] =>
    isNewer || object in expected || !mayConflict(object, definition, required)
      ? []
      : [{ object, kind: 'unexpected', description: `${object} is unexpected: ${oneLine(definition)}` }],
  );
  return [...missing, ...unexpected].toSorted((a, b) => a.object.localeCompare(b.object));
}

/** For a content table replaced by a view, only the columns are required. */
function withoutReplacedTables(expected: Schema, found: Schema): Schema {
  return Object.fromEntries(
    Object.entries(expected).filter(([object]) => !isReplaced(object, found) || object.startsWith('column ')),
  );
}

function isReplaced(object: string, found: Schema): boolean {
  const table = tableOf(object);
  return REPLACEABLE.has(table) && found[`table ${table}`]?.startsWith('view') === true;
}

function mayConflict(object: string, definition: string, required: Schema): boolean {
  const isOnOurTable = `table ${tableOf(object)}` in required;
  const restrictsWrites = /^(?:column|constraint) /.test(object) || definition.startsWith('CREATE UNIQUE');
  return isOnOurTable && restrictsWrites;
}

/** `issues` for `column issues.week`, `outbox.mails` for `column outbox.mails.id`. */
function tableOf(object: string): string {
  const name = object.slice(object.indexOf(' ') + 1);
  return object.startsWith('table ') ? name : name.slice(0, name.lastIndexOf('.'));
}

const MAX_LENGTH = 200;

function oneLine(definition: string): string {
  const line = definition.replaceAll(/\s+/g, ' ');
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)} …` : line;
}
