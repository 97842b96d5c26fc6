import { type Options, stringify } from 'csv-stringify/sync';
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

/** Formulas are escaped (OWASP, CSV injection). A lone LF or CR is quoted too: csv-stringify looks only for the CRLF that ends records. */
const FORMAT: Options = { record_delimiter: 'windows', escape_formulas: true, quoted_match: /[\r\n]/ };

/** A header, then one CSV record for each subscriber (RFC 4180, ends in CRLF), read through a cursor. */
export async function* exportSubscribers(db: Db): AsyncGenerator<string> {
  yield stringify([COLUMNS], FORMAT);
  for await (const row of db.selectFrom('subscribers').select(COLUMNS).orderBy('id').stream(1000)) {
    yield stringify([COLUMNS.map((column) => textOf(row[column]))], FORMAT);
  }
}

function textOf(value: Row<'subscribers'>[(typeof COLUMNS)[number]]): string {
  if (value instanceof Date) {
    return value.toISOString();
  }
  return Array.isArray(value) ? value.join(';') : (value ?? '');
}
