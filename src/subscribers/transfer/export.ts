import type { Db } from '../../database/connect.ts';
import type { Row } from '../../database/schema.ts';

const COLUMNS = [
  'email',
  'status',
  'consent_source',
  'consent_wording',
  'requested_at',
  'confirmed_at',
  'unsubscribed_at',
  'suppressed_at',
  'suppressed_reason',
  'categories',
  'frequency',
] as const;

/** Every subscriber as a line of CSV (RFC 4180, ending in CRLF) after a header, read by cursor. */
export async function* exportSubscribers(db: Db): AsyncGenerator<string> {
  yield lineOf(COLUMNS);
  for await (const row of db.selectFrom('subscribers').select(COLUMNS).orderBy('id').stream(1000)) {
    yield lineOf(COLUMNS.map((column) => textOf(row[column])));
  }
}

function textOf(value: Row<'subscribers'>[(typeof COLUMNS)[number]]): string {
  if (value instanceof Date) {
    return value.toISOString();
  }
  return Array.isArray(value) ? value.join(';') : (value ?? '');
}

function lineOf(cells: readonly string[]): string {
  return `${cells.map((cell) => quote(disarm(cell))).join(',')}\r\n`;
}

/** A spreadsheet would run such a cell as a formula (OWASP, CSV injection). */
function disarm(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
}

function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
