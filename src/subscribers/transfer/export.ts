import type pg from 'pg';
import { copyJsonArray, copyOut, formatInstantSql } from '../../database/copy.ts';

/** Text columns are escaped (OWASP, CSV injection): a spreadsheet does not run them as a formula. */
const COLUMNS: Readonly<Record<string, string>> = {
  email: escapeFormula('email'),
  status: 'status',
  consent_source: escapeFormula('consent_source'),
  consent_wording: escapeFormula('consent_wording'),
  requested_at: formatInstantSql('requested_at'),
  confirmed_at: formatInstantSql('confirmed_at'),
  unsubscribed_at: formatInstantSql('unsubscribed_at'),
  suppressed_at: formatInstantSql('suppressed_at'),
  suppressed_reason: escapeFormula('suppressed_reason'),
  categories: escapeFormula(`array_to_string(categories, ';')`),
  frequency: 'frequency',
};

const RECORDS = `copy (select ${Object.values(COLUMNS).join(', ')} from subscribers order by id) to stdout (format csv)`;

/** As in the CSV, with an empty string for what is missing. */
const OBJECTS = `select ${Object.entries(COLUMNS)
  .map(([name, value]) => `coalesce(${value}, '') as ${name}`)
  .join(', ')} from subscribers order by id`;

/**
 * A header, then one CSV record for each subscriber (RFC 4180, ends in CRLF), in pieces of any length, which end
 * anywhere.
 */
export async function* exportSubscribers(pool: pg.Pool): AsyncGenerator<Buffer> {
  yield Buffer.from(`${Object.keys(COLUMNS).join(',')}\r\n`);
  const endRecords = createRecordEnder();
  for await (const piece of copyOut(pool, RECORDS)) {
    yield endRecords(piece);
  }
}

/** All subscribers as one JSON array. */
export function exportSubscribersAsJson(pool: pg.Pool): AsyncGenerator<Buffer> {
  return copyJsonArray(pool, OBJECTS);
}

/** A function that ends the records of successive pieces of CSV in CRLF instead of PostgreSQL's LF; a quoted LF stays. */
function createRecordEnder(): (piece: Buffer) => Buffer {
  let isQuoted = false;
  return (piece) => {
    const ended = Buffer.allocUnsafe(piece.length * 2);
    let length = 0;
    let start = 0;
    let quote = piece.indexOf('"');
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', end + 1)) {
      for (; quote >= 0 && quote < end; quote = piece.indexOf('"', quote + 1)) {
        isQuoted = !isQuoted;
      }
      if (!isQuoted) {
        length += piece.copy(ended, length, start, end);
        length += ended.write('\r\n', length, 'latin1');
        start = end + 1;
      }
    }
    for (; quote >= 0; quote = piece.indexOf('"', quote + 1)) {
      isQuoted = !isQuoted;
    }
    length += piece.copy(ended, length, start);
    return ended.subarray(0, length);
  };
}

function escapeFormula(text: string): string {
  const isFormula = String.raw`left(${text}, 1) in ('=', '+', '-', '@', e'\t', e'\r', '＝', '＋', '－', '＠')`;
  return `nullif(case when ${isFormula} then '''' || ${text} else ${text} end, '')`;
}
