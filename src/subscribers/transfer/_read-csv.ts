import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { AppError } from '../../errors.ts';

export interface Line {
  /** Counted from 1, empty lines included. */
  line: number;
  text: string;
}

const LIMIT_BYTES = 100_000;

/** The lines of a UTF-8 stream, one piece of it in memory at a time; passes over a BOM, CRs and empty lines. */
export async function* readLines(stream: Readable): AsyncGenerator<Line> {
  let line = 0;
  let rest = Buffer.alloc(0);
  for await (const piece of stream) {
    const bytes = Buffer.concat([rest, Buffer.from(piece as Buffer)]);
    let start = 0;
    for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', start)) {
      yield* decode(++line, bytes.subarray(start, end));
      start = end + 1;
    }
    rest = bytes.subarray(start);
    refuseEndless(line + 1, rest);
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

function refuseEndless(line: number, bytes: Buffer) {
  if (bytes.length > LIMIT_BYTES) {
    const problem = `line ${line}: has over ${LIMIT_BYTES} bytes; is this a CSV file?`;
    throw new AppError('invalid_input', 'The file has an endless line; nothing was changed.', [problem]);
  }
}
