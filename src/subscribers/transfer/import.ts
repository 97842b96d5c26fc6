import type { Readable } from 'node:stream';
import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { loadInstallation } from '../../database/installation.ts';
import { hashAddressWith } from '../address/hash-address.ts';
import { type Columns, readColumns, parseRow } from './_parse-row.ts';
import { countValid, validateRows, listRejected, type RejectedRow, insertValid } from './_validate-rows.ts';
import { readLines } from './_read-csv.ts';
import { createStagingTable, type StagedRow, stageRows } from './_stage-rows.ts';

export interface ImportReport {
  /** Includes pending subscribers who became active. */
  added: number;
  unchanged: number;
  /** In line order. */
  refused: RejectedRow[];
}

const BATCH_SIZE = 1000;

/**
 * Adds the valid lines of a CSV stream and reports the invalid ones, all in one transaction; a dry run only reports.
 */
export async function importSubscribers(
  db: Db,
  stream: Readable,
  { now, dryRun }: { now: Date; dryRun: boolean },
): Promise<ImportReport> {
  return db.transaction().execute(async (tx) => {
    await createStagingTable(tx);
    const unparsed = await stageStream(tx, stream, now);
    if (!dryRun) {
      await lockSubscribers(tx);
    }
    await validateRows(tx);
    const counts = await countValid(tx);
    const refused = unparsed.concat(await listRejected(tx)).toSorted((a, b) => a.line - b.line);
    if (!dryRun) {
      await insertValid(tx);
    }
    return { ...counts, refused };
  });
}

/** Prevents a reader who leaves or is erased between validation and insertion from being brought back. */
async function lockSubscribers(tx: Tx) {
  await sql`lock table subscribers in share row exclusive mode`.execute(tx);
}

async function stageStream(tx: Tx, stream: Readable, now: Date): Promise<RejectedRow[]> {
  const installation = await loadInstallation(tx);
  const unparsed: RejectedRow[] = [];
  let columns: Columns | undefined;
  let batch: StagedRow[] = [];
  for await (const row of readLines(stream)) {
    if (!columns) {
      columns = readColumns(row);
      continue;
    }
    const read = parseRow(columns, row.text, now);
    if (typeof read === 'string') {
      unparsed.push({ line: row.line, problem: read });
    } else {
      batch.push({ ...read, line: row.line, email_hash: hashAddressWith(installation, read.email) });
    }
    if (batch.length === BATCH_SIZE) {
      await stageRows(tx, batch);
      batch = [];
    }
  }
  if (!columns) {
    throw new AppError('invalid_input', 'The file is empty; nothing was changed.');
  }
  await stageRows(tx, batch);
  return unparsed;
}
