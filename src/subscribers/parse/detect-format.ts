import { AppError } from '../../errors.ts';
import {
  isKnownStatus,
  MEANINGS,
  meaningOf,
  SERVICES,
  type CellOf,
  type Meaning,
  type Service,
  type ServiceRow,
} from './services.ts';
import { ADDRESS_COLUMNS, LIST_COLUMNS, OWN_COLUMNS } from './columns.ts';
import { findStatusColumn } from './_status-column.ts';

/** What the person who imports a file says about it as a whole. */
export interface FileFacts {
  /** Where readers gave consent, if no column says so. */
  consent_source?: string | undefined;
  /** When they gave it, if no column says so. */
  confirmed_at?: string | undefined;
  /**
   * What every row means, unless it says itself that its reader left, such as `unsubscribed` for a list of readers who
   * did.
   */
  status?: Meaning | undefined;
  /**
   * Our names for columns, each with the file's own: `email`, `status`, `confirmed_at`, `left_at`, `consent_source`,
   * `categories`, `engaged_at`.
   */
  map?: Readonly<Record<string, string>> | undefined;
}

export interface Format {
  /** "Mailchimp", "our export", "a list" */
  name: string;
  /** Whether this is our own export, whose rows have everything. */
  is_own: boolean;
  /** The status given for the whole file; set only if its columns have our own names. */
  statusForAll?: Meaning | undefined;
  ignored: readonly string[];
  escapesFormulas: boolean;
  read: (cellOf: CellOf) => ServiceRow & { consent_source: string; engaged_at: string; categories: string };
}

/** Detects the format of a file by its header; the order and the case of its columns do not matter. Throws `invalid_input`. */
export function detectFormat(header: readonly string[], facts: FileFacts): Format {
  const columns = header.map((column) =>
    column
      .replaceAll(/\p{Cc}/gu, '')
      .trim()
      .toLowerCase(),
  );
  requireDistinct(columns);
  const has = (column: string) => columns.includes(column);
  // Our own file of refused lines, after they were corrected: its texts were escaped when it was written.
  const isCorrected = has('line') && has('reason');
  const format = detectByColumns(columns, has, facts);
  return isCorrected ? { ...format, escapesFormulas: true } : format;
}

function detectByColumns(
  columns: readonly string[],
  has: (column: string) => boolean,
  facts: FileFacts,
): Format {
  if (facts.map) {
    return detectMapped(columns, facts.map, facts);
  }
  const isOwn = has('requested_at') && has('consent_source') && has('status');
  const service = SERVICES.find(({ has: all, hasOneOf }) => all.every(has) && (hasOneOf?.some(has) ?? true));
  if (service && !isOwn) {
    return fromService(service, columns, facts);
  }
  const addresses = has('email') ? 'email' : ADDRESS_COLUMNS.find(has);
  const known = [...LIST_COLUMNS, ...(isOwn ? OWN_COLUMNS : []), ...(addresses ? [addresses] : [])];
  if (!addresses) {
    throw new AppError('invalid_input', 'The file has no column of addresses; nothing was changed.', [
      `its columns are ${columns.slice(0, 20).join(', ')}`,
      'rename the one with the addresses to email, or say which it is: in the studio’s form, or for example by --map email=Mail',
    ]);
  }
  const statusColumn =
    has('status') || facts.status
      ? undefined
      : findStatusColumn(columns.filter((column) => !known.includes(column)));
  if (statusColumn) {
    throw new AppError(
      'invalid_input',
      'A column may say who unsubscribed, and it is not clear how to read it; nothing was changed.',
      [
        `it has a column ${statusColumn}: rename it to status, or say which columns to read and what they are, or what every row means: in the studio’s form, or for example by --map email=${addresses},status=${statusColumn} or --status`,
      ],
    );
  }
  return {
    ...listFormat((column) => (column === 'email' ? addresses : column), facts, has('status')),
    name: isOwn ? 'our export' : 'a list',
    is_own: isOwn,
    statusForAll: facts.status,
    ignored: columns.filter((column) => !known.includes(column)),
    escapesFormulas: isOwn,
  };
}

function detectMapped(
  columns: readonly string[],
  map: Readonly<Record<string, string>>,
  facts: FileFacts,
): Format {
  const problems = Object.entries(map).flatMap(([ours, theirs]) => [
    ...(LIST_COLUMNS.includes(ours) ? [] : [`${ours} is not one of ${LIST_COLUMNS.join(', ')}`]),
    ...(columns.includes(theirs.toLowerCase()) ? [] : [`the file has no column ${theirs}`]),
  ]);
  const statusColumn = findStatusColumn(columns.filter((column) => column !== map.left_at?.toLowerCase()));
  if (statusColumn && !map.status && !facts.status) {
    problems.push(
      `the file has a column ${statusColumn}, which may say who left: add status=${statusColumn}, or say what every row means with --status`,
    );
  }
  if (!map.email) {
    problems.push('email is missing: say which column has the addresses, for example --map email=Mail');
  }
  if (problems.length > 0) {
    throw new AppError(
      'invalid_input',
      'The columns given by --map cannot be used; nothing was changed.',
      problems,
    );
  }
  const theirs = Object.values(map).map((column) => column.toLowerCase());
  return {
    ...listFormat((column) => map[column]?.toLowerCase() ?? '', facts, map.status !== undefined),
    name: 'a list with the columns given',
    is_own: false,
    ignored: columns.filter((column) => !theirs.includes(column)),
    escapesFormulas: false,
  };
}

/**
 * Reads the rows of a list. `hasStatus`: the list has a status for each reader, so an empty one does not mean that they
 * are active.
 */
function listFormat(
  columnOf: (ours: string) => string,
  facts: FileFacts,
  hasStatus: boolean,
): Pick<Format, 'read'> {
  return {
    read: (cellOf) => {
      const cell = (ours: string) => cellOf(columnOf(ours));
      const status = cell('status');
      const isRead = hasStatus && (facts.status === undefined || isKnownStatus(status));
      return {
        email: cell('email'),
        ...(isRead ? { status } : {}),
        meaning: withFact(
          isRead ? meaningOf(status || 'pending') : cell('left_at') ? 'unsubscribed' : 'active',
          facts,
        ),
        confirmed_at: cell('confirmed_at') || (facts.confirmed_at ?? ''),
        // A row of our own export has one of the last two, or both if a reader left, came back and was then suppressed.
        left_at:
          cell('left_at') ||
          (status === 'suppressed' ? cell('suppressed_at') : '') ||
          cell('unsubscribed_at') ||
          cell('suppressed_at'),
        consent_source: cell('consent_source') || (facts.consent_source ?? ''),
        engaged_at: cell('engaged_at'),
        categories: cell('categories'),
      };
    },
  };
}

function fromService(service: Service, columns: readonly string[], facts: FileFacts): Format {
  return {
    name: service.name,
    is_own: false,
    ignored: columns.filter((column) => !service.reads.includes(column)),
    escapesFormulas: service.escapesFormulas ?? false,
    read: (cellOf) => {
      const row = service.read(cellOf);
      return {
        ...row,
        meaning: withFact(row.meaning, facts),
        confirmed_at: row.confirmed_at || (facts.confirmed_at ?? ''),
        consent_source: facts.consent_source ?? '',
        engaged_at: '',
        // What a service calls tags or labels is not one of our categories.
        categories: '',
      };
    },
  };
}

/**
 * A status given for the whole file applies to every row, but never brings back a reader who left according to their own
 * row.
 * If both say that the reader left, the stricter one counts.
 */
function withFact(meaning: Meaning, { status }: FileFacts): Meaning {
  const hasLeft = rank(meaning) >= rank('unsubscribed');
  return status === undefined || (hasLeft && rank(status) < rank(meaning)) ? meaning : status;
}

function rank(meaning: Meaning): number {
  return MEANINGS.indexOf(meaning);
}

function requireDistinct(columns: readonly string[]): void {
  const repeated = columns.filter((column, index) => column !== '' && columns.indexOf(column) < index);
  if (repeated.length > 0) {
    throw new AppError('invalid_input', 'The first line names columns twice; nothing was changed.', [
      ...new Set(
        repeated.map((column) => `line 1: the column ${JSON.stringify(column.slice(0, 60))} appears twice`),
      ),
    ]);
  }
}
