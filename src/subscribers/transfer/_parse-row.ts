import { parse } from 'csv-parse/sync';
import { AppError } from '../../errors.ts';
import { type Consent, findConsentProblem, readInstant, normalizeCategories } from '../join/consent.ts';
import { readAddress } from '../../address/read-address.ts';
import type { Line } from './_read-csv.ts';

/** The columns of a file, in file order. */
export type Columns = readonly string[];

const REQUIRED = ['email', 'consent_source', 'confirmed_at'];
const KNOWN_COLUMNS = [...REQUIRED, 'categories', 'engaged_at'];

/** Reads the header; throws an AppError that lists every problem with it. */
export function readColumns({ line, text }: Line): Columns {
  const columns = splitLine(text) ?? [text];
  const problems = [
    ...columns
      .filter((column) => !KNOWN_COLUMNS.includes(column))
      .map(
        (column) =>
          `line ${line}: unknown column ${JSON.stringify(column.slice(0, 60))}; remove or rename it`,
      ),
    ...REQUIRED.filter((column) => !columns.includes(column)).map(
      (column) => `line ${line}: the column ${column} is missing`,
    ),
    ...columns
      .filter((column, index) => columns.indexOf(column) < index)
      .map((column) => `line ${line}: the column ${JSON.stringify(column.slice(0, 60))} appears twice`),
  ];
  if (problems.length > 0) {
    const message = `The first line must name the columns ${REQUIRED.join(',')} and may name categories and engaged_at; nothing was changed.`;
    throw new AppError('invalid_input', message, problems);
  }
  return columns;
}

export interface ImportedRow extends Consent {
  email: string;
  /** When they last clicked or opened something elsewhere; null if unknown. */
  engaged_at: Date | null;
}

/** Parses lines into subscribers, or descriptions of what is wrong with them. */
export function parseRows(
  columns: Columns,
  lines: readonly Line[],
  now: Date,
): { line: number; row: ImportedRow | string }[] {
  const cells = splitLines(lines.map(({ text }) => text));
  return lines.map(({ line }, index) => ({ line, row: parseRow(columns, cells[index], now) }));
}

function parseRow(columns: Columns, cells: readonly string[] | undefined, now: Date): ImportedRow | string {
  if (!cells) {
    return 'has unbalanced quotation marks; write "" for a quotation mark inside a quoted field, and end the field on the same line';
  }
  if (cells.length !== columns.length) {
    return `has ${cells.length} fields instead of ${columns.length}`;
  }
  const cellOf = (column: string) => cells[columns.indexOf(column)] ?? '';
  const { address: email, problem } = readAddress(cellOf('email'));
  if (email === undefined) {
    return `email is not an address that we can send to: ${problem}`;
  }
  const consent = {
    consent_source: cellOf('consent_source'),
    confirmed_at: readInstant(cellOf('confirmed_at')),
    categories: normalizeCategories(cellOf('categories').split(';')),
  };
  const engaged_at = cellOf('engaged_at') === '' ? null : readInstant(cellOf('engaged_at'));
  if (engaged_at && !(engaged_at <= now)) {
    return 'engaged_at is not a date or is in the future; leave it empty, or write it like 2026-11-17';
  }
  return findConsentProblem(consent, now) ?? { email, ...consent, engaged_at };
}

/**
 * The cells of each line; undefined for unbalanced quotation marks, which invalidate only their own line. Lines are
 * parsed together, which is several times faster, and again one by one if a quotation mark has joined two of them.
 */
function splitLines(texts: readonly string[]): (string[] | undefined)[] {
  const quoted = texts.filter(hasQuotes);
  const together = parseCells(quoted.join('\n'));
  const parsed = together?.length === quoted.length ? together : quoted.map(splitLine);
  let next = 0;
  return texts.map((text) => (hasQuotes(text) ? parsed[next++] : splitAtCommas(text)));
}

function splitLine(text: string): string[] | undefined {
  return hasQuotes(text) ? parseCells(text)?.[0] : splitAtCommas(text);
}

function hasQuotes(text: string): boolean {
  return text.includes('"');
}

function splitAtCommas(text: string): string[] {
  return text.split(',').map((cell) => cell.trim());
}

function parseCells(text: string): string[][] | undefined {
  try {
    return parse(text, { trim: true, relax_column_count: true, record_delimiter: '\n' });
  } catch {
    return undefined;
  }
}
