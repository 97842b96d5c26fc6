import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { AppError } from '../../errors.ts';

export interface Line {
  /** Counted from 1, empty lines included. */
  line: number;
  text: string;
}

const MAX_LINE_BYTES = 100_000;

/** The lines of a UTF-8 stream, those of one chunk at a time; skips a BOM, CRs and empty lines. */
export async function* readLines(stream: Readable): AsyncGenerator<Line[]> {
  let line = 1;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    const bytes = Buffer.concat([rest, Buffer.from(chunk as Buffer)]);
    const end = bytes.lastIndexOf('\n') + 1;
    const texts = decode(line, bytes.subarray(0, end)).split('\n');
    // What follows the last line end is empty here.
    texts.pop();
    yield toLines(line, texts);
    line += texts.length;
    rest = bytes.subarray(end);
    rejectLongLine(line, rest);
  }
  yield toLines(line, [decode(line, rest)]);
}

function toLines(first: number, texts: readonly string[]): Line[] {
  const lines: Line[] = [];
  texts.forEach((text, index) => {
    const trimmed = (first + index === 1 ? text.replace(/^\uFEFF/, '') : text).trimEnd();
    if (trimmed !== '') {
      lines.push({ line: first + index, text: trimmed });
    }
  });
  return lines;
}

/** `bytes` are whole lines, of which the first has the number `line`. */
function decode(line: number, bytes: Buffer): string {
  if (!isUtf8(bytes)) {
    const invalid = line + splitAfterLines(bytes).findIndex((one) => !isUtf8(one));
    const problem = `line ${invalid}: is not UTF-8; save the whole file in that encoding`;
    throw new AppError('invalid_input', 'The file is not UTF-8; nothing was changed.', [problem]);
  }
  return bytes.toString();
}

function splitAfterLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return [...lines, bytes.subarray(start)];
}

function rejectLongLine(line: number, bytes: Buffer) {
  if (bytes.length > MAX_LINE_BYTES) {
    const problem = `line ${line}: is longer than ${MAX_LINE_BYTES} bytes; is this a CSV file?`;
    throw new AppError('invalid_input', 'The file has a line that is too long; nothing was changed.', [
      problem,
    ]);
  }
}
