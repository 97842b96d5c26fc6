import type { Schema } from '../database/read-schema.ts';

/** What stands in a database otherwise than this version expects. */
export interface Difference {
  /** `index issues.batches_open` */
  object: string;
  kind: 'missing' | 'different' | 'unexpected';
  /** In one sentence: what it should be, and what it is. */
  words: string;
}

/** Documented: a site may put views of its own in the place of these. */
const REPLACEABLE = new Set(['reviewers', 'tools', 'reviews', 'comparisons']);

/**
 * Tables, plain indexes and functions of others do not concern us; another column, constraint or unique index on a table
 * of ours does, unless a newer version made it (`isNewer`).
 */
export function compareSchema(expected: Schema, found: Schema, isNewer: boolean): Difference[] {
  const wanted = withoutReplaced(expected, found);
  // Of a table that is missing as a whole nothing more needs to be said.
  const isGone = (object: string) =>
    !/^(?:table|function|queue) /.test(object) && !(`table ${tableOf(object)}` in found);
  const missing = Object.entries(wanted).flatMap(([object, definition]): Difference[] => {
    const actual = found[object];
    if (isGone(object)) {
      return [];
    }
    if (actual === undefined) {
      return [{ object, kind: 'missing', words: `${object} is missing: ${oneLine(definition)}` }];
    }
    const isSame = actual === definition || (isReplaced(object, found) && !object.startsWith('table '));
    return isSame
      ? []
      : [
          {
            object,
            kind: 'different',
            words: `${object} is ${oneLine(actual)}, but should be ${oneLine(definition)}`,
          },
        ];
  });
  const unexpected = Object.entries(found).flatMap(([object, definition]): Difference[] =>
    isNewer || object in expected || !isHarmful(object, definition, wanted)
      ? []
      : [{ object, kind: 'unexpected', words: `${object} is not ours: ${oneLine(definition)}` }],
  );
  return [...missing, ...unexpected].toSorted((a, b) => a.object.localeCompare(b.object));
}

/** Of a view only the columns have to be there, whatever they are made of. */
function withoutReplaced(expected: Schema, found: Schema): Schema {
  return Object.fromEntries(
    Object.entries(expected).filter(([object]) => !isReplaced(object, found) || object.startsWith('column ')),
  );
}

function isReplaced(object: string, found: Schema): boolean {
  const table = tableOf(object);
  return REPLACEABLE.has(table) && found[`table ${table}`]?.startsWith('view') === true;
}

function isHarmful(object: string, definition: string, wanted: Schema): boolean {
  const isOnOurs = `table ${tableOf(object)}` in wanted;
  const isRule = /^(?:column|constraint) /.test(object) || definition.startsWith('CREATE UNIQUE');
  return isOnOurs && isRule;
}

/** `issues` of `column issues.week`, `outbox.mails` of `column outbox.mails.id`. */
function tableOf(object: string): string {
  const name = object.slice(object.indexOf(' ') + 1);
  return object.startsWith('table ') ? name : name.slice(0, name.lastIndexOf('.'));
}

const LONGEST = 200;

function oneLine(definition: string): string {
  const line = definition.replaceAll(/\s+/g, ' ');
  return line.length > LONGEST ? `${line.slice(0, LONGEST)} …` : line;
}
