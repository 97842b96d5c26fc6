import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { AppError } from '../../errors.ts';

export interface Line {
  /** Counted from 1, empty lines included. */
  line: number;
  text: string;
}

const MAX_LINE_BYTES = 100_000;

/** The lines of a UTF-8 stream, with one chunk in memory at a time; skips a BOM, CRs and empty lines. */
export async function* readLines(stream: Readable): AsyncGenerator<Line> {
  let line = 0;
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    const bytes = Buffer.concat([rest, Buffer.from(chunk as Buffer)]);
    let start = 0;
    for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', start)) {
      yield* decode(++line, bytes.subarray(start, end));
      start = end + 1;
    }
    rest = bytes.subarray(start);
    rejectLongLine(line + 1, rest);
  }
  yield* decode(line + 1, rest);
}

function* decode(line: number, bytes: Buffer): Generator<Line> {
  if (!isUtf8(bytes)) {
    const problem = `line ${line}: is not UTF-8; save the whole file in that encoding`;
    throw new AppError('invalid_input', 'The file is not UTF-8; nothing was changed.', [problem]);
  }
  const text = bytes
    .toString()
    .replace(/^\uFEFF/, '')
    .trimEnd();
  if (text !== '') {
    yield { line, text };
  }
}

function rejectLongLine(line: number, bytes: Buffer) {
  if (bytes.length > MAX_LINE_BYTES) {
    const problem = `line ${line}: is longer than ${MAX_LINE_BYTES} bytes; is this a CSV file?`;
    throw new AppError('invalid_input', 'The file has a line that is too long; nothing was changed.', [
      problem,
    ]);
  }
}
