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
  const { header, records } = await openTable(decodeText(stream, () => undefined));
  yield ['line', 'reason', ...header];
  for await (const piece of records) {
    yield* piece.flatMap((record) => refusedRecord(record, problems));
  }
}

function refusedRecord(
  { line, cells, broken }: CsvRecord,
  problems: ReadonlyMap<number, string>,
): string[][] {
  const problem = problems.get(line);
  return problem === undefined ? [] : [[String(line), problem, ...(cells ?? [broken?.text ?? ''])]];
}
