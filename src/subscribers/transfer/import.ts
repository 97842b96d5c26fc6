import type { Readable } from 'node:stream';
import { sql } from 'kysely';
import type pg from 'pg';
import type { Tx } from '../../database/connect.ts';
import { copyIn, runWithConnection } from '../../database/copy.ts';
import { AppError } from '../../errors.ts';
import { loadInstallation } from '../../database/installation.ts';
import { type Columns, parseRows, readColumns } from './_parse-row.ts';
import { countValid, validateRows, listRejected, type RejectedRow, insertValid } from './_validate-rows.ts';
import { readLines } from './_read-csv.ts';
import { createStagingTable, stagedLine } from './_stage-rows.ts';

interface ImportOptions {
  now: Date;
  /** Only reports. */
  dryRun: boolean;
  /** Runs in the transaction of the import, with its report. */
  onFinished?: (tx: Tx, report: ImportReport) => Promise<void>;
}

export interface ImportReport {
  /** Includes pending subscribers who became active. */
  added: number;
  unchanged: number;
  /** In line order. */
  refused: RejectedRow[];
}

/**
 * Adds the valid lines of a CSV stream and reports the invalid ones, all in one transaction; a dry run only reports.
 */
export async function importSubscribers(
  pool: pg.Pool,
  stream: Readable,
  { now, dryRun, onFinished }: ImportOptions,
): Promise<ImportReport> {
  return runWithConnection(pool, async (tx, client) => {
    await createStagingTable(tx);
    const unparsed: RejectedRow[] = [];
    await copyIn(client, 'staged_lines', parseStream(stream, now, unparsed));
    if (!dryRun) {
      await lockSubscribers(tx);
    }
    await validateRows(tx, await loadInstallation(tx));
    const counts = await countValid(tx);
    const refused = unparsed.concat(await listRejected(tx)).toSorted((a, b) => a.line - b.line);
    if (!dryRun) {
      await insertValid(tx);
    }
    const report = { ...counts, refused };
    await onFinished?.(tx, report);
    return report;
  });
}

/** Prevents a reader who leaves or is erased between validation and insertion from being brought back. */
async function lockSubscribers(tx: Tx) {
  await sql`lock table subscribers in share row exclusive mode`.execute(tx);
}

/** Yields the valid lines for staging and adds the others to `unparsed`. */
async function* parseStream(stream: Readable, now: Date, unparsed: RejectedRow[]): AsyncGenerator<string> {
  let columns: Columns | undefined;
  for await (const lines of readLines(stream)) {
    const [header] = columns ? [] : lines.splice(0, 1);
    columns ??= header && readColumns(header);
    let staged = '';
    for (const { line, row } of columns ? parseRows(columns, lines, now) : []) {
      if (typeof row === 'string') {
        unparsed.push({ line, problem: row });
      } else {
        staged += stagedLine({ ...row, line });
      }
    }
    yield staged;
  }
  if (!columns) {
    throw new AppError('invalid_input', 'The file is empty; nothing was changed.');
  }
}
