import type { CsvRecord, TableFile } from './table.ts';

/** One object per line; the names in `first` are the columns. `text` begins with that line and continues in `texts`. */
export function openJsonLines(
  first: string,
  text: string,
  texts: AsyncGenerator<string>,
  line: number,
): TableFile {
  const header = Object.keys(readObject(first) ?? {});
  return { header, delimiter: undefined, records: readLines(text, texts, header, line) };
}

async function* readLines(
  first: string,
  texts: AsyncGenerator<string>,
  header: readonly string[],
  firstLine: number,
): AsyncGenerator<CsvRecord[]> {
  let rest = first;
  let line = firstLine;
  for (let next = await texts.next(); ; next = await texts.next()) {
    const lines = `${rest}${next.value ?? ''}`.split('\n');
    rest = next.done ? '' : lines.pop()!;
    const start = line;
    yield lines.flatMap((text, index) =>
      text.trim() === '' ? [] : [readObjectRecord(text, header, start + index)],
    );
    line += lines.length;
    if (next.done) {
      return;
    }
  }
}

function readObject(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function readObjectRecord(text: string, header: readonly string[], line: number): CsvRecord {
  const object = readObject(text);
  const broken = (problem: string) => ({ line, cells: undefined, broken: { text, problem } });
  if (!object) {
    return broken('is not a JSON object; write one in curly brackets on each line');
  }
  // An unknown field may say that somebody left, so it must not be ignored.
  const unknown = Object.keys(object).find((name) => !header.includes(name));
  return unknown === undefined
    ? { line, cells: header.map((name) => textOf(object[name])) }
    : broken(
        `has ${JSON.stringify(unknown.slice(0, 60))}, which the first line does not have; put every name into the first line, with null for an unknown value`,
      );
}

function textOf(value: unknown): string {
  return value === null || value === undefined
    ? ''
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
}
