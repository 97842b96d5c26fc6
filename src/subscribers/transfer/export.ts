import type pg from 'pg';
import {
  copyJsonArray,
  copyLinesSql,
  copyOutInParts,
  type IdRange,
  inRangeSql,
} from '../../database/copy.ts';

const TEXTS = ['consent_source', 'consent_form', 'consent_wording', 'confirmed_by', 'suppressed_reason'];

const TIMES =
  'requested_at confirmation_sent_at confirmed_at unsubscribed_at suppressed_at paused_until engaged_at still_asked_at reminded_at'.split(
    ' ',
  );

/** The columns in their order, with their values in SQL; `parse/detect-format.ts` and `parse/parse-row.ts` read them. */
const COLUMNS: readonly [name: string, value: string][] = [
  ['email', 'email'],
  ['status', 'status'],
  ...TEXTS.map((name): [string, string] => [name, name]),
  // As PostgreSQL writes them: formatting nine timestamps per row takes longer than everything else.
  ...TIMES.map((name): [string, string] => [name, name]),
  ['categories', `nullif(array_to_string(categories, ';'), '')`],
  ['lead', `case when always_lead then 'always' else 'theirs' end`],
  ['frequency', 'frequency'],
  ['morning_zone', 'morning_zone'],
  ['digest_month', 'digest_month'],
  ['past_consents', 'past_consents'],
];
/** Columns whose text cannot begin like a formula: words of ours, times, numbers and JSON. */
const SAFE = new Set([
  'status',
  ...TIMES,
  'lead',
  'frequency',
  'morning_zone',
  'digest_month',
  'past_consents',
]);

/** Up to three parts of this many rows are in memory at once, about 4 MB. */
const ROWS_PER_PART = 5_000;
const QUOTE = 34;
const LINE_FEED = 10;
const EVERYONE: IdRange = { from: 0, to: undefined };

/** Subscribers, with the consents that newer ones have replaced; most readers have none. */
function rowsSql(range: IdRange): string {
  return `subscribers left join (
    select subscriber_id, json_agg(json_build_object('consent', consent, 'ended_at', ended_at) order by id) as past_consents
    from past_consents where ${inRangeSql('subscriber_id', range)} group by subscriber_id) as past on subscriber_id = subscribers.id
    where ${inRangeSql('subscribers.id', range)} order by subscribers.id`;
}

/** Texts are escaped, so that a spreadsheet does not run them as formulas (OWASP, CSV injection). */
const RECORD = COLUMNS.map(([name, value]) => (SAFE.has(name) ? value : escapeFormula(value))).join(', ');

/** Values are not escaped, since no spreadsheet reads JSON; what is missing is null. */
function objectsSql(range: IdRange): string {
  return `select ${COLUMNS.map(([name, value]) => `${value} as ${name}`).join(', ')} from ${rowsSql(range)}`;
}

/**
 * A header, then one CSV record per subscriber (RFC 4180, with CRLF at the end), in pieces of any length, which may end
 * anywhere.
 */
export async function* exportSubscribers(pool: pg.Pool): AsyncGenerator<Buffer> {
  yield Buffer.from(`${COLUMNS.map(([name]) => name).join(',')}\r\n`);
  const toCrlf = createCrlfConverter();
  const pieces = copyOutInParts(
    pool,
    'subscribers',
    ROWS_PER_PART,
    (range) => `copy (select ${RECORD} from ${rowsSql(range)}) to stdout (format csv)`,
  );
  for await (const piece of pieces) {
    yield toCrlf(piece);
  }
}

/** All subscribers as one JSON array. */
export function exportSubscribersAsJson(pool: pg.Pool): AsyncGenerator<Buffer> {
  return copyJsonArray(pool, objectsSql(EVERYONE));
}

/** All subscribers as JSON Lines: one object per line. */
export function exportSubscribersAsJsonLines(pool: pg.Pool): AsyncGenerator<Buffer> {
  return copyOutInParts(pool, 'subscribers', ROWS_PER_PART, (range) =>
    copyLinesSql(`select row_to_json(item) from (${objectsSql(range)}) as item`),
  );
}

/**
 * Returns a function that ends the records of successive pieces of CSV in CRLF instead of PostgreSQL's LF; quoted LFs
 * stay.
 */
function createCrlfConverter(): (piece: Buffer) => Buffer {
  let isQuoted = false;
  return (piece) => {
    if (!isQuoted && !piece.includes(QUOTE)) {
      // True of nearly every piece, and three times as fast; Latin-1 keeps every byte.
      return Buffer.from(piece.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
    }
    const ended = Buffer.allocUnsafe(piece.length * 2);
    let length = 0;
    let start = 0;
    let quote = piece.indexOf(QUOTE);
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, end + 1)) {
      for (; quote >= 0 && quote < end; quote = piece.indexOf(QUOTE, quote + 1)) {
        isQuoted = !isQuoted;
      }
      if (!isQuoted) {
        length += piece.copy(ended, length, start, end);
        length += ended.write('\r\n', length, 'latin1');
        start = end + 1;
      }
    }
    for (; quote >= 0; quote = piece.indexOf(QUOTE, quote + 1)) {
      isQuoted = !isQuoted;
    }
    length += piece.copy(ended, length, start);
    return ended.subarray(0, length);
  };
}

/**
 * Puts an apostrophe before a text that begins like a formula or with an apostrophe; the import removes it again.
 * Compares code points, which is fast.
 */
function escapeFormula(text: string): string {
  const codes = Array.from("=+-@\t\r＝＋－＠'", (sign) => sign.codePointAt(0)).join(', ');
  return `case when ascii(${text}) in (${codes}) then '''' || ${text} when ${text} <> '' then ${text} end`;
}
