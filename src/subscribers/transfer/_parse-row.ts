import { parse } from 'csv-parse/sync';
import { AppError } from '../../errors.ts';
import { type Consent, findConsentProblem, readInstant, tidyCategories } from '../join/consent.ts';
import { normalizeAddress } from '../address/normalize-address.ts';
import type { Line } from './_read-csv.ts';

/** The columns of a file in its order. */
export type Columns = readonly string[];

const DEMANDED = ['email', 'consent_source', 'confirmed_at'];
const KNOWN = [...DEMANDED, 'categories', 'engaged_at'];

/** Reads the header; throws an AppError that lists all that is wrong with it. */
export function readColumns({ line, text }: Line): Columns {
  const columns = splitCells(text) ?? [text];
  const problems = [
    ...columns
      .filter((column) => !KNOWN.includes(column))
      .map(
        (column) =>
          `line ${line}: unknown column ${JSON.stringify(column.slice(0, 60))}; remove or rename it`,
      ),
    ...DEMANDED.filter((column) => !columns.includes(column)).map(
      (column) => `line ${line}: the column ${column} is missing`,
    ),
    ...columns
      .filter((column, index) => columns.indexOf(column) < index)
      .map((column) => `line ${line}: the column ${JSON.stringify(column.slice(0, 60))} stands there twice`),
  ];
  if (problems.length > 0) {
    const message = `The first line must name the columns ${DEMANDED.join(',')} and may name categories and engaged_at; nothing was changed.`;
    throw new AppError('invalid_input', message, problems);
  }
  return columns;
}

export interface ImportedRow extends Consent {
  email: string;
  /** When they last clicked or opened something elsewhere; null where nobody knows. */
  engaged_at: Date | null;
}

/** One line as a subscriber, or in words what is wrong with it. */
export function parseRow(columns: Columns, text: string, now: Date): ImportedRow | string {
  const cells = splitCells(text);
  if (!cells) {
    return 'its quotation marks do not pair up; write "" for one inside a quoted field, which ends on its line';
  }
  if (cells.length !== columns.length) {
    return `has ${cells.length} fields instead of ${columns.length}`;
  }
  const cellOf = (column: string) => cells[columns.indexOf(column)] ?? '';
  const email = normalizeAddress(cellOf('email'));
  if (!email) {
    return 'email is no e-mail address';
  }
  const consent = {
    consent_source: cellOf('consent_source'),
    confirmed_at: readInstant(cellOf('confirmed_at')),
    categories: tidyCategories(cellOf('categories').split(';')),
  };
  const engaged_at = cellOf('engaged_at') === '' ? null : readInstant(cellOf('engaged_at'));
  if (engaged_at && !(engaged_at <= now)) {
    return 'engaged_at is no date or lies in the future; leave it empty, or write one as 2026-11-17';
  }
  return findConsentProblem(consent, now) ?? { email, ...consent, engaged_at };
}

/** Undefined for quotation marks that do not pair up. Each line is parsed alone, so that a stray one costs one line. */
function splitCells(text: string): string[] | undefined {
  if (!text.includes('"')) {
    return text.split(',').map((cell) => cell.trim());
  }
  try {
    return parse(text, { trim: true, relax_column_count: true, record_delimiter: '\n' })[0];
  } catch {
    return undefined;
  }
}
