import type { Readable } from 'node:stream';
import { sql } from 'kysely';
import type pg from 'pg';
import type { Tx } from '../../database/connect.ts';
import { copyIn, runWithConnection } from '../../database/copy.ts';
import { loadInstallation } from '../../installation/installation.ts';
import { decodeText, type Encoding } from '../parse/decode-text.ts';
import { insertValid } from './_insert-rows.ts';
import { openRowReader } from '../parse/parse-row.ts';
import { openTable } from '../parse/read-records.ts';
import type { Delimiter, TableFile } from '../parse/table.ts';
import { type FileFacts, type Format, detectFormat } from '../parse/detect-format.ts';
import {
  type Counts,
  countValid,
  createStagingTable,
  listRejected,
  type RejectedRow,
  stagedLine,
  validateRows,
} from './_staged-rows.ts';

export type { FileFacts } from '../parse/detect-format.ts';
export { MEANINGS } from '../parse/services.ts';

interface ImportOptions {
  now: Date;
  /** Only reports. */
  dryRun: boolean;
  facts?: FileFacts;
  /** Runs in the transaction of the import, with its report. */
  onFinished?: (tx: Tx, report: ImportReport) => Promise<void>;
}

export interface ImportReport extends Counts {
  /** In the order of the lines. */
  refused: RejectedRow[];
  /** "Mailchimp" */
  format: string;
  encoding: Encoding;
  /** Undefined for JSON Lines. */
  delimiter: Delimiter | undefined;
  /** Columns that were not read. */
  ignored: readonly string[];
  /** Words for a status that are not known: their readers count as unsubscribed. */
  unknown_statuses: readonly string[];
}

/**
 * Adds the valid lines of a CSV or JSON Lines stream and reports the others, all in one transaction; a dry run only
 * reports. Readers who left, bounced or complained elsewhere are stored as such; those who have not confirmed are
 * pending, and get no mail.
 */
export async function importSubscribers(
  pool: pg.Pool,
  stream: Readable,
  { now, dryRun, facts = {}, onFinished }: ImportOptions,
): Promise<ImportReport> {
  const { texts, encoding } = decodeText(stream);
  const file = await openTable(texts);
  const detected = detectFormat(file.header, facts);
  // No spreadsheet reads JSON, so nothing is escaped there.
  const format = file.delimiter === undefined ? { ...detected, escapesFormulas: false } : detected;
  return runWithConnection(pool, async (tx, client) => {
    await createStagingTable(tx);
    const unparsed: RejectedRow[] = [];
    const unknown = new Set<string>();
    await copyIn(client, 'staged_lines', stageRecords(file, format, now, { unparsed, unknown }));
    if (!dryRun) {
      await lockSubscribers(tx);
    }
    await validateRows(tx, await loadInstallation(tx));
    const counts = await countValid(tx);
    const refused = unparsed.concat(await listRejected(tx)).toSorted((a, b) => a.line - b.line);
    if (!dryRun) {
      await (format.is_own && leaveRoomForOldIds(tx, now));
      await insertValid(tx, now);
    }
    const { delimiter } = file;
    const report = {
      ...counts,
      refused,
      format: format.name,
      encoding: await encoding,
      delimiter,
      ignored: format.ignored,
      unknown_statuses: [...unknown],
    };
    await onFinished?.(tx, report);
    return report;
  });
}

const DAY_MS = 86_400_000;

/**
 * Links in the old installation's mails contain its readers' ids. With the same LINK_SECRET such a link would open another
 * reader's pages if that reader had the same id, so a new installation starts its ids above them.
 */
async function leaveRoomForOldIds(tx: Tx, now: Date): Promise<void> {
  const sent = await tx
    .selectFrom('issues')
    .select('id')
    .where('prepared_at', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  if (!sent) {
    const days = Math.floor((now.getTime() - Date.UTC(2020, 0, 1)) / DAY_MS);
    await sql`select start_ids_at(${days}::integer)`.execute(tx);
  }
}

/**
 * Keeps a reader who leaves or is erased between validation and insertion from being brought back. A sign-up waits before it
 * looks for its address, and then finds who was imported.
 */
async function lockSubscribers(tx: Tx) {
  await sql`lock table subscribers in exclusive mode`.execute(tx);
}

const MAX_UNKNOWN = 20;

/** Yields the valid lines for staging; adds the others to `unparsed`, and the first unknown words for a status to `unknown`. */
async function* stageRecords(
  { header, records }: TableFile,
  format: Format,
  now: Date,
  { unparsed, unknown }: { unparsed: RejectedRow[]; unknown: Set<string> },
): AsyncGenerator<string> {
  const readRow = openRowReader(header, format);
  for await (const piece of records) {
    let staged = '';
    for (const record of piece) {
      const row = readRow(record, now);
      if (typeof row === 'string') {
        unparsed.push({ line: record.line, problem: row });
      } else {
        staged += stagedLine({ ...row, line: record.line });
        if (row.unknown_status !== undefined && unknown.size < MAX_UNKNOWN) {
          unknown.add(row.unknown_status.slice(0, 40));
        }
      }
    }
    yield staged;
  }
}
