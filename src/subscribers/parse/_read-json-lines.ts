import type { CsvRecord, TableFile } from './table.ts';

/** One object a line; the first one's names are the columns. `text` begins with it and goes on in `texts`. */
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
  // It may say that somebody left, so it is not passed over.
  const unknown = Object.keys(object).find((name) => !header.includes(name));
  return unknown === undefined
    ? { line, cells: header.map((name) => textOf(object[name])) }
    : broken(
        `has ${JSON.stringify(unknown.slice(0, 60))}, which the first line has not; give the first line every name, with null where nothing is known`,
      );
}

function textOf(value: unknown): string {
  return value === null || value === undefined
    ? ''
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
}
