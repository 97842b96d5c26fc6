import type { Readable } from 'node:stream';
import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { loadInstallation } from '../../database/installation.ts';
import { hashAddressWith } from '../address/hash-address.ts';
import { type Columns, readColumns, readImportLine } from './_parse-row.ts';
import { countGood, judgeLines, listRefused, type RefusedLine, writeGood } from './_validate-rows.ts';
import { readLines } from './_read-csv.ts';
import { createStage, type StagedLine, stageLines } from './_stage-rows.ts';

export interface ImportReport {
  /** Pending subscribers who became active are among them. */
  added: number;
  unchanged: number;
  /** In the order of the lines. */
  refused: RefusedLine[];
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
    await judgeLines(tx);
    const counts = await countGood(tx);
    const refused = misread.concat(await listRefused(tx)).toSorted((a, b) => a.line - b.line);
    if (!dryRun) {
      await writeGood(tx);
    }
    return { ...counts, refused };
  });
}

/** Whoever leaves or is erased between the judgement and the writing must not be brought back. */
async function keepOthersFromWriting(tx: Tx) {
  await sql`lock table subscribers in share row exclusive mode`.execute(tx);
}

async function stageStream(tx: Tx, stream: Readable, now: Date): Promise<RefusedLine[]> {
  const installation = await loadInstallation(tx);
  const misread: RefusedLine[] = [];
  let columns: Columns | undefined;
  let group: StagedLine[] = [];
  for await (const row of readLines(stream)) {
    if (!columns) {
      columns = readColumns(row);
      continue;
    }
    const read = readImportLine(columns, row.text, now);
    if (typeof read === 'string') {
      misread.push({ line: row.line, problem: read });
    } else {
      group.push({ ...read, line: row.line, email_hash: hashAddressWith(installation, read.email) });
    }
    if (group.length === GROUP_SIZE) {
      await stageLines(tx, group);
      group = [];
    }
  }
  if (!columns) {
    throw new AppError('invalid_input', 'The file is empty; nothing was changed.');
  }
  await stageLines(tx, group);
  return misread;
}
