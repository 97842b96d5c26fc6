import type { Readable } from 'node:stream';
import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { loadInstallation } from '../../database/installation.ts';
import { hashAddressWith } from '../address/hash-address.ts';
import { type Columns, readColumns, parseRow } from './_parse-row.ts';
import { countValid, validateRows, listRejected, type RejectedRow, insertValid } from './_validate-rows.ts';
import { readLines } from './_read-csv.ts';
import { createStage, type StagedRow, stageRows } from './_stage-rows.ts';

export interface ImportReport {
  /** Pending subscribers who became active are among them. */
  added: number;
  unchanged: number;
  /** In the order of the lines. */
  refused: RejectedRow[];
}

const GROUP_SIZE = 1000;

/** Adds the good lines of a CSV stream and reports the bad, all in one transaction; a dry run only reports. */
export async function importSubscribers(
  db: Db,
  stream: Readable,
  { now, dryRun }: { now: Date; dryRun: boolean },
): Promise<ImportReport> {
  return db.transaction().execute(async (tx) => {
    await createStage(tx);
    const misread = await stageStream(tx, stream, now);
    if (!dryRun) {
      await keepOthersFromWriting(tx);
    }
    await validateRows(tx);
    const counts = await countValid(tx);
    const refused = misread.concat(await listRejected(tx)).toSorted((a, b) => a.line - b.line);
    if (!dryRun) {
      await insertValid(tx);
    }
    return { ...counts, refused };
  });
}

/** Whoever leaves or is erased between the judgement and the writing must not be brought back. */
async function keepOthersFromWriting(tx: Tx) {
  await sql`lock table subscribers in share row exclusive mode`.execute(tx);
}

async function stageStream(tx: Tx, stream: Readable, now: Date): Promise<RejectedRow[]> {
  const installation = await loadInstallation(tx);
  const misread: RejectedRow[] = [];
  let columns: Columns | undefined;
  let group: StagedRow[] = [];
  for await (const row of readLines(stream)) {
    if (!columns) {
      columns = readColumns(row);
      continue;
    }
    const read = parseRow(columns, row.text, now);
    if (typeof read === 'string') {
      misread.push({ line: row.line, problem: read });
    } else {
      group.push({ ...read, line: row.line, email_hash: hashAddressWith(installation, read.email) });
    }
    if (group.length === GROUP_SIZE) {
      await stageRows(tx, group);
      group = [];
    }
  }
  if (!columns) {
    throw new AppError('invalid_input', 'The file is empty; nothing was changed.');
  }
  await stageRows(tx, group);
  return misread;
}
