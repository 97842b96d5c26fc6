import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';
import { from, to } from 'pg-copy-streams';
import { openDatabase, type Tx } from './connect.ts';

/** Control characters that no output contains, so that PostgreSQL quotes nothing and each row is one line. */
const UNQUOTED = String.raw`(format csv, delimiter e'\x01', quote e'\x02')`;
const LINE_END = 10;
const COMMA = 44;

/**
 * The output of a COPY statement, in chunks with arbitrary boundaries. PostgreSQL formats the rows, so that no objects are
 * made of them here. COPY takes no parameters; values have to be escaped as literals.
 */
async function* copyOut(pool: pg.Pool, statement: string): AsyncGenerator<Buffer> {
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

/** Ids from `from` to less than `to`, or to the last one. */
export interface IdRange {
  from: number;
  to: number | undefined;
}

export function inRangeSql(column: string, { from, to }: IdRange): string {
  return to === undefined ? `${column} >= ${from}` : `${column} >= ${from} and ${column} < ${to}`;
}

/** On two cores, more would take CPU time from the client. */
const PART_CONNECTIONS = 2;
const CONNECT_WITHIN_MS = 2000;

/**
 * The output of COPY for the rows of a table, in parts of `rowsPerPart` in the order of their ids. All parts see the same
 * snapshot, so together they are what a single statement would copy. While one is passed on, the next ones are read,
 * each one completely into memory.
 */
export async function* copyOutInParts(
  pool: pg.Pool,
  table: string,
  rowsPerPart: number,
  statementOf: (range: IdRange) => string,
): AsyncGenerator<Buffer> {
  const clients = await connectToSnapshot(pool);
  let isComplete = false;
  try {
    const nextRange = divideIds(table, rowsPerPart);
    const readPart = async (client: pg.PoolClient) => {
      const range = await nextRange(client);
      return range && ((await client.query(to(statementOf(range))).toArray()) as Buffer[]);
    };
    const startPart = (client: pg.PoolClient) => {
      const part = readPart(client);
      // Its error is thrown when its turn comes.
      part.catch(() => undefined);
      return { client, part };
    };
    const started = clients.map((client) => startPart(client));
    for (let next = started.shift(); next; next = started.shift()) {
      const pieces = await next.part;
      if (pieces) {
        started.push(startPart(next.client));
        yield* pieces;
      }
    }
    await Promise.all(clients.map((client) => client.query('commit')));
    isComplete = true;
  } finally {
    // When the reader has stopped early, the server is still sending.
    clients.forEach((client) => client.release(!isComplete));
  }
}

/**
 * Connections in transactions that see the same snapshot. If a second one is not available soon, as behind a pooler
 * with a single connection (PgBouncer makes further clients wait), the first does all the work.
 */
async function connectToSnapshot(pool: pg.Pool): Promise<pg.PoolClient[]> {
  const first = await beginReading(pool);
  const clients = [first];
  try {
    const { rows } = await first.query<{ id: string }>('select pg_export_snapshot() as id');
    const snapshot = first.escapeLiteral(rows[0]?.id ?? '');
    while (clients.length < Math.min(PART_CONNECTIONS, pool.options.max)) {
      const next = await takeInTime(beginReading(pool));
      if (!next) {
        break;
      }
      clients.push(next);
      await next.query(`set transaction snapshot ${snapshot}`);
    }
    return clients;
  } catch (error) {
    clients.forEach((client) => client.release(true));
    throw error;
  }
}

async function beginReading(pool: pg.Pool): Promise<pg.PoolClient> {
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    // A slow consumer may leave the transaction idle for a long time.
    await client.query('set local idle_in_transaction_session_timeout = 0');
    return client;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** Undefined if there is none in time; one that comes later is closed. */
async function takeInTime(connecting: Promise<pg.PoolClient>): Promise<pg.PoolClient | undefined> {
  const connected = connecting.catch(() => undefined);
  const client = await Promise.race([connected, setTimeout(CONNECT_WITHIN_MS, undefined, { ref: false })]);
  if (!client) {
    void connected.then((late) => late?.release(true));
  }
  return client;
}

/** A function that returns the next range at each call, undefined after the last one. */
function divideIds(
  table: string,
  rowsPerPart: number,
): (client: pg.PoolClient) => Promise<IdRange | undefined> {
  let from: number | undefined = 0;
  let last: Promise<IdRange | undefined> = Promise.resolve(undefined);
  const findNext = async (client: pg.PoolClient): Promise<IdRange | undefined> => {
    if (from === undefined) {
      return undefined;
    }
    const { rows } = await client.query<{ id: number }>(
      `select id from ${table} where id >= ${from} order by id offset ${rowsPerPart} limit 1`,
    );
    const range = { from, to: rows[0]?.id };
    from = range.to;
    return range;
  };
  return (client) => {
    last = last.then(() => findNext(client));
    return last;
  };
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

/** The rows, as lines, of a query for a single column of texts without line breaks. */
export function copyLines(pool: pg.Pool, query: string): AsyncGenerator<Buffer> {
  return copyOut(pool, copyLinesSql(query));
}

/** The statement of `copyLines`. */
export function copyLinesSql(query: string): string {
  return `copy (${query}) to stdout ${UNQUOTED}`;
}

/** A transaction together with its connection, for `copyIn`: Kysely does not hand out the one it uses. */
export async function runWithConnection<Result>(
  pool: pg.Pool,
  run: (tx: Tx, client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  const connection = { query: client.query.bind(client), release: () => undefined };
  const poolOfOne = { connect: async () => connection, end: async () => undefined };
  try {
    return await openDatabase(poolOfOne as unknown as pg.Pool)
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
