import { parse } from 'csv-parse/sync';
import { AppError } from '../../errors.ts';
import { openJsonLines } from './_read-json-lines.ts';
import type { CsvRecord, Delimiter, TableFile } from './table.ts';

/** More lines than this are not one record: a quotation mark was left open. */
const MAX_LINES = 50;
const UNBALANCED = 'has unbalanced quotation marks; write "" for a quotation mark inside a quoted field';
const DELIMITERS: readonly Delimiter[] = [',', ';', '\t'];

/** Reads a header and the records after it. `texts` are pieces of whole lines, as `decodeText` yields them. */
export async function openTable(texts: AsyncGenerator<string>): Promise<TableFile> {
  let text = '';
  let line = 1;
  let announced: Delimiter | undefined;
  for (let next = await texts.next(); ; next = await texts.next()) {
    text += next.value ?? '';
    // The first line that some spreadsheets write, to announce the delimiter.
    const [, separator] = /^sep=([,;\t])[ \t]*\n/i.exec(text) ?? [];
    if (separator) {
      announced = separator as Delimiter;
      text = text.slice(text.indexOf('\n') + 1);
      line += 1;
    }
    const blank = /^(?:[\s,;]*\n)+/.exec(text)?.[0] ?? '';
    line += blank.split('\n').length - 1;
    text = text.slice(blank.length);
    if (text.includes('\n') || next.done) {
      break;
    }
  }
  const end = text.indexOf('\n') === -1 ? text.length : text.indexOf('\n');
  const first = text.slice(0, end).trimEnd();
  if (first === '') {
    throw new AppError('invalid_input', 'The file is empty; nothing was changed.');
  }
  if (first.includes('\0')) {
    throw new AppError(
      'invalid_input',
      'The file is not text; nothing was changed. Is it a list as CSV or JSON Lines?',
    );
  }
  if (first.startsWith('[')) {
    throw new AppError(
      'invalid_input',
      'The file is one JSON array; nothing was changed. Write one object a line (JSON Lines), as `subscribers export --jsonl` does.',
    );
  }
  if (first.startsWith('{')) {
    return openJsonLines(first, text, texts, line);
  }
  const delimiter = announced ?? detectDelimiter(first);
  return {
    header: splitRecord(first, delimiter) ?? [first],
    delimiter,
    records: readRecords(text.slice(end + 1), texts, delimiter, line + 1),
  };
}

function detectDelimiter(header: string): Delimiter {
  const bare = header.replaceAll(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

async function* readRecords(
  first: string,
  texts: AsyncGenerator<string>,
  delimiter: Delimiter,
  firstLine: number,
): AsyncGenerator<CsvRecord[]> {
  let rest = first;
  let line = firstLine;
  for (let next = await texts.next(); ; next = await texts.next()) {
    const lines = `${rest}${next.value ?? ''}`.split('\n');
    const isLast = next.done === true;
    const { records, used } = splitLines(lines, delimiter, line, isLast);
    yield records;
    // The text after the last line ending, or a record that continues in the next piece.
    rest = lines.slice(used).join('\n');
    line += used;
    if (isLast) {
      return;
    }
  }
}

/** `used`: how many of the lines belong to these records. */
function splitLines(
  lines: readonly string[],
  delimiter: Delimiter,
  firstLine: number,
  isLast: boolean,
): { records: CsvRecord[]; used: number } {
  const records: CsvRecord[] = [];
  const complete = isLast ? lines.length : lines.length - 1;
  let used = 0;
  while (used < complete) {
    const text = lines[used]!;
    const line = firstLine + used;
    if (!text.includes('"')) {
      if (!isBlank(text)) {
        records.push({ line, cells: splitAt(text, delimiter) });
      }
      used += 1;
    } else {
      const length = countRecordLines(lines, used, complete);
      if (length === undefined && !isLast && complete - used < MAX_LINES) {
        break;
      }
      const cells =
        length === undefined
          ? undefined
          : splitRecord(lines.slice(used, used + length).join('\n'), delimiter);
      records.push(cells ? { line, cells } : { line, cells, broken: { text, problem: UNBALANCED } });
      // Only the first line is reported as broken; the next line is read on its own.
      used += cells === undefined ? 1 : (length ?? 1);
    }
  }
  return { records, used };
}

/** How many lines a record has: until its number of quotation marks is even; undefined if it does not end. */
function countRecordLines(lines: readonly string[], start: number, complete: number): number | undefined {
  let quotes = 0;
  for (let index = start; index < Math.min(complete, start + MAX_LINES); index += 1) {
    quotes += lines[index]!.split('"').length - 1;
    if (quotes % 2 === 0) {
      return index - start + 1;
    }
  }
  return undefined;
}

function splitAt(text: string, delimiter: Delimiter): string[] {
  return text.split(delimiter).map((cell) => cell.trim());
}

function isBlank(text: string): boolean {
  return /^[\s,;]*$/.test(text);
}

function splitRecord(text: string, delimiter: Delimiter): string[] | undefined {
  if (!text.includes('"')) {
    return splitAt(text, delimiter);
  }
  try {
    const [cells] = parse(text, {
      delimiter,
      trim: true,
      relax_column_count: true,
      record_delimiter: '\u0000',
    });
    return cells;
  } catch {
    return undefined;
  }
}
