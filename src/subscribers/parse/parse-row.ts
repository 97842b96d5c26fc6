import * as z from 'zod';
import { readAddress } from '../../address/read-address.ts';
import { findConsentProblem, normalizeCategories } from '../join/consent.ts';
import type { Format } from './detect-format.ts';
import { OWN_COLUMNS } from './columns.ts';
import type { CsvRecord } from './table.ts';
import { readTime } from './read-time.ts';
import { isKnownStatus, type Meaning } from './services.ts';

export interface ImportedRow {
  email: string;
  meaning: Meaning;
  consent_source: string;
  /** When an active reader confirmed; null for one who never did, or if that is not known. */
  confirmed_at: Date | null;
  left_at: Date | null;
  categories: string[];
  /** When they last clicked or opened something elsewhere; null if unknown. */
  engaged_at: Date | null;
  /** For a row of our own export: the other columns, by name, as PostgreSQL reads them. */
  own: Record<string, unknown> | null;
  /** The word for its status, if nobody knows what it means: the reader gets no mail. */
  unknown_status?: string;
}

/** Reads the rows of one file: returns what a record says, or what is wrong with it. */
export type RowReader = (record: CsvRecord, now: Date) => ImportedRow | string;

/** An apostrophe put before text that a spreadsheet would take for a formula (OWASP, CSV injection). */
const ESCAPED = /^'[=+\-@\t\r＝＋－＠']/;
const TIMES = new Set(
  'confirmed_at engaged_at requested_at confirmation_sent_at unsubscribed_at suppressed_at paused_until still_asked_at reminded_at'.split(
    ' ',
  ),
);
const SUPPRESSED: Readonly<Record<string, Meaning>> = { complained: 'complained', bounced: 'bounced' };

export function openRowReader(header: readonly string[], format: Format): RowReader {
  const columnIndexes = new Map(header.map((column, index) => [column.trim().toLowerCase(), index]));
  let cells: readonly string[] = [];
  const cellOf = (column: string) => {
    const cell = cells[columnIndexes.get(column) ?? -1] ?? '';
    return format.escapesFormulas && ESCAPED.test(cell) ? cell.slice(1) : cell;
  };
  return (record, now) => {
    if (!record.cells) {
      return record.broken?.problem ?? 'cannot be read';
    }
    if (record.cells.length !== header.length && !hasSpareCells(record.cells, header.length)) {
      return `has ${record.cells.length} fields instead of ${header.length}`;
    }
    cells = record.cells;
    return parseRow(format, cellOf, now);
  };
}

/** Spreadsheets may end rows with additional empty cells. */
function hasSpareCells(cells: readonly string[], length: number): boolean {
  return cells.length > length && cells.slice(length).every((cell) => cell === '');
}

function parseRow(format: Format, cellOf: (column: string) => string, now: Date): ImportedRow | string {
  const found = format.read(cellOf);
  const { address: email, problem } = readAddress(found.email);
  if (email === undefined) {
    return `email is not an address that we can send to: ${problem}`;
  }
  const times = readTimes(found, now);
  if (typeof times === 'string') {
    return times;
  }
  const meaning = (format.is_own && SUPPRESSED[cellOf('suppressed_reason')]) || found.meaning;
  const row = {
    email,
    meaning,
    consent_source: found.consent_source,
    categories: normalizeCategories(found.categories.split(';')),
    ...times,
    ...(found.status && !isKnownStatus(found.status) ? { unknown_status: found.status } : {}),
  };
  const consentProblem = meaning === 'active' ? findMissingConsent(row, now) : undefined;
  if (consentProblem !== undefined) {
    return consentProblem;
  }
  // If what is said about the whole file contradicts this row, the row is read as one of a list, not as one of our
  // export.
  const isChanged =
    format.statusForAll !== undefined &&
    meaning === format.statusForAll &&
    meaning !== cellOf('status').toLowerCase();
  const own = format.is_own && !isChanged ? readOwn(cellOf) : null;
  return typeof own === 'string' ? own : { ...row, own };
}

function findMissingConsent(
  {
    consent_source,
    confirmed_at,
    categories,
  }: Pick<ImportedRow, 'consent_source' | 'confirmed_at' | 'categories'>,
  now: Date,
): string | undefined {
  return confirmed_at
    ? findConsentProblem({ consent_source, confirmed_at, categories }, now)
    : 'confirmed_at is missing; write when consent was given, or say it once for the whole file';
}

type Times = Pick<ImportedRow, 'confirmed_at' | 'left_at' | 'engaged_at'>;

function readTimes(
  found: { confirmed_at: string; left_at: string; engaged_at: string },
  now: Date,
): Times | string {
  const times: Times = { confirmed_at: null, left_at: null, engaged_at: null };
  for (const name of ['confirmed_at', 'left_at', 'engaged_at'] as const) {
    if (found[name] !== '') {
      const time = readTime(found[name]);
      if (Number.isNaN(time.getTime())) {
        return `${name} is not a date; write it like 2026-11-17 or 2026-11-17T09:00:00Z`;
      }
      if (time > now) {
        return `${name} is in the future`;
      }
      times[name] = time;
    }
  }
  return times;
}

const TEXT = z.string();
const TIME = TEXT.refine((text) => !Number.isNaN(readTime(text).getTime()));
const PAST_CONSENT = z.looseObject({ consent_source: TEXT.nullish(), confirmed_at: TIME.nullish() });
/** What PostgreSQL accepts in a row of our export; a row edited into anything else would fail the whole import. */
const OWN_ROW = z.intersection(
  z.discriminatedUnion('status', [
    z.object({ status: z.literal('pending') }),
    z.object({ status: z.literal('active'), confirmed_at: TEXT }),
    z.object({ status: z.literal('unsubscribed'), unsubscribed_at: TEXT }),
    z.object({ status: z.literal('suppressed'), suppressed_at: TEXT, suppressed_reason: TEXT }),
  ]),
  z.object({
    requested_at: TEXT,
    frequency: z.enum(['weekly', 'monthly']).optional(),
    past_consents: z.array(z.object({ consent: PAST_CONSENT, ended_at: TIME })).nullish(),
  }),
);

/** Reads the columns that our export has and a list does not; returns a problem if one cannot be read. */
function readOwn(cellOf: (column: string) => string): Record<string, unknown> | string {
  const own: Record<string, unknown> = { status: cellOf('status').toLowerCase() };
  for (const column of [...OWN_COLUMNS, 'confirmed_at', 'engaged_at']) {
    const cell = cellOf(column);
    if (cell === '') {
      continue;
    }
    const time = TIMES.has(column) ? readTime(cell) : undefined;
    if (time && Number.isNaN(time.getTime())) {
      return `${column} is not a date; write it like 2026-11-17T09:00:00Z`;
    }
    try {
      // Times stay as they are written, since PostgreSQL keeps microseconds.
      own[column] = column === 'past_consents' ? (JSON.parse(cell) as unknown) : cell;
    } catch {
      return `${column} is not what our export writes`;
    }
  }
  const { error } = OWN_ROW.safeParse(own);
  return error ? `${String(error.issues[0]?.path[0])} is not what our export writes` : own;
}
