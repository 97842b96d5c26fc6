import type { Readable } from 'node:stream';
import { openTable } from '../parse/read-records.ts';
import type { CsvRecord } from '../parse/table.ts';
import { decodeText } from '../parse/decode-text.ts';
import type { RejectedRow } from './_staged-rows.ts';

/**
 * The lines of a file that were refused, to be corrected: a header, then for each line its number, the reason, and its
 * cells.
 */
export async function* listRefusedRecords(
  stream: Readable,
  refused: readonly RejectedRow[],
): AsyncGenerator<string[]> {
  const problems = new Map(refused.map(({ line, problem }) => [line, problem]));
  const { header, records } = await openTable(decodeText(stream).texts);
  // Of a file of refused lines that was corrected: these columns are written again.
  const skipped = /^line,reason,/i.test(header.join(',')) ? 2 : 0;
  yield ['line', 'reason', ...header.slice(skipped)];
  for await (const piece of records) {
    yield* piece.flatMap((record) => refusedRecord(record, problems, skipped));
  }
}

function refusedRecord(
  { line, cells, broken }: CsvRecord,
  problems: ReadonlyMap<number, string>,
  skipped: number,
): string[][] {
  const problem = problems.get(line);
  return problem === undefined
    ? []
    : [[String(line), problem, ...(cells?.slice(skipped) ?? [broken?.text ?? ''])]];
}
