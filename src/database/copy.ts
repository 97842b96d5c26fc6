import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from, to } from 'pg-copy-streams';
import { openDatabase, type Tx } from './connect.ts';

/** Control characters that no output contains, so that PostgreSQL quotes nothing and each row is one line. */
const UNQUOTED = String.raw`(format csv, delimiter e'\x01', quote e'\x02')`;
const LINE_END = 10;
const COMMA = 44;

/**
 * The output of a COPY statement, in chunks with arbitrary boundaries. PostgreSQL formats the rows, so that no objects are made of them here.
 * It takes no parameters; values have to be escaped as literals.
 */
export async function* copyOut(pool: pg.Pool, statement: string): AsyncGenerator<Buffer> {
  const client = await pool.connect();
  const output = client.query(to(statement));
  try {
    for await (const piece of output) {
      yield piece as Buffer;
    }
  } finally {
    // When the reader has stopped early, the server is still sending.
    client.release(!output.readableEnded);
  }
}

/** The rows of a query as one JSON array. */
export async function* copyJsonArray(pool: pg.Pool, query: string): AsyncGenerator<Buffer> {
  let previous: Buffer = Buffer.from('[');
  // The last line end is not followed by a row, and so becomes the closing bracket.
  for await (const piece of copyOut(
    pool,
    `copy (select row_to_json(item) from (${query}) as item) to stdout ${UNQUOTED}`,
  )) {
    for (let end = piece.indexOf(LINE_END); end >= 0; end = piece.indexOf(LINE_END, end + 1)) {
      piece[end] = COMMA;
    }
    yield previous;
    previous = piece;
  }
  yield previous.at(-1) === COMMA ? previous.subarray(0, -1) : previous;
  yield Buffer.from(']\n');
}

/** The rows of a query for one text without line breaks, as lines. */
export function copyLines(pool: pg.Pool, query: string): AsyncGenerator<Buffer> {
  return copyOut(pool, `copy (${query}) to stdout ${UNQUOTED}`);
}

/** A transaction together with its connection, for `copyIn`: Kysely does not hand out the one it uses. */
export async function runWithConnection<Result>(
  pool: pg.Pool,
  run: (tx: Tx, client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  const connection = { query: client.query.bind(client), release: () => undefined };
  const onlyThis = { connect: async () => connection, end: async () => undefined };
  try {
    return await openDatabase(onlyThis as unknown as pg.Pool)
      .transaction()
      .execute((tx) => run(tx, client));
  } finally {
    client.release();
  }
}

/**
 * Adds lines made by `copyLine` to a table, while the next ones are being made. An error of `pieces` is thrown once the
 * server has discarded what it was sent.
 */
export async function copyIn(
  client: pg.PoolClient,
  target: string,
  pieces: AsyncIterable<string>,
): Promise<void> {
  await pipeline(Readable.from(pieces), client.query(from(`copy ${target} from stdin`)));
}

/** One row in COPY's text format. */
export function copyLine(values: readonly (string | number | null)[]): string {
  return `${values.map(copyValue).join('\t')}\n`;
}

function copyValue(value: string | number | null): string {
  if (value === null) {
    return '\\N';
  }
  const text = String(value);
  return /[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (found) => `\\${ESCAPES[found]}`) : text;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\', '\t': 't', '\n': 'n', '\r': 'r' };

/** A timestamptz as `toISOString` writes it. */
export function formatInstantSql(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
