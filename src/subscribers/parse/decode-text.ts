import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { AppError } from '../../errors.ts';

export type Encoding = 'UTF-8' | 'UTF-16' | 'Windows-1252';

const NEWLINE = 10;
const CR = 13;
/** Enough of a file to detect UTF-16 without a byte order mark, and the kind of line endings. */
const PROBE_BYTES = 4_096;
const MAX_LINE_LENGTH = 100_000;

/**
 * The text of a file, in pieces of whole lines that end in LF, whatever its own line endings are (CR LF in RFC 4180, CR
 * on old Macs). Reads UTF-8, unless a byte order mark or zero bytes show that it is UTF-16. From the first line that is
 * not UTF-8 on, it is read as Windows-1252, as spreadsheets write it, if everything before was ASCII; otherwise the file
 * mixes encodings, and `texts` throws `invalid_input`. The encoding is known once all of `texts` has been read.
 */
export function decodeText(stream: Readable): { texts: AsyncGenerator<string>; encoding: Promise<Encoding> } {
  const { promise, resolve } = Promise.withResolvers<Encoding>();
  return { texts: decodeStream(stream, resolve), encoding: promise };
}

async function* decodeStream(
  stream: Readable,
  onEncoding: (encoding: Encoding) => void,
): AsyncGenerator<string> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    const probe = await readProbe(chunks);
    const utf16 = detectUtf16(probe);
    if (utf16) {
      onEncoding('UTF-16');
      const hasLf = probe.includes(utf16 === 'utf-16le' ? '\n\0' : '\0\n', 0, 'latin1');
      yield* normalizeLineEndings(decodeUtf16(probe, chunks, utf16), hasLf);
    } else {
      const hasLf = probe.includes(NEWLINE) || !probe.includes(CR);
      yield* normalizeLineEndings(decodeBytes(probe, chunks, hasLf ? NEWLINE : CR, onEncoding), hasLf);
    }
  } finally {
    stream.destroy();
  }
}

async function readProbe(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  while (length < PROBE_BYTES) {
    const { done, value } = await chunks.next();
    if (done) {
      break;
    }
    const part = Buffer.from(value);
    parts.push(part);
    length += part.length;
  }
  return Buffer.concat(parts);
}

/** Detects UTF-16 by its byte order mark, or by a zero byte in the first character, if that is ASCII. */
function detectUtf16(probe: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const [first, second] = probe;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) {
    return 'utf-16le';
  }
  return (first === 0xfe && second === 0xff) || (first === 0 && second !== 0) ? 'utf-16be' : undefined;
}

async function* decodeUtf16(
  probe: Buffer,
  chunks: AsyncIterator<Buffer>,
  encoding: 'utf-16le' | 'utf-16be',
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  yield decoder.decode(probe, { stream: true });
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    yield decoder.decode(next.value, { stream: true });
  }
  yield decoder.decode();
}

/** Cuts the bytes only at line endings, since a cut elsewhere might split a character. */
async function* decodeBytes(
  probe: Buffer,
  chunks: AsyncIterator<Buffer>,
  lineEnd: number,
  onEncoding: (encoding: Encoding) => void,
): AsyncGenerator<string> {
  let state: DecodingState = { encoding: 'UTF-8', isBeyondAscii: false, line: 1 };
  let rest = probe;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    const bytes = Buffer.concat([rest, Buffer.from(next.value)]);
    const end = bytes.lastIndexOf(lineEnd) + 1;
    const decoded = decode(bytes.subarray(0, end), lineEnd, state);
    yield decoded.text;
    state = decoded.state;
    rest = bytes.subarray(end);
    requireShortLine(rest.length, state.line);
  }
  const last = decode(rest, lineEnd, state);
  yield last.text;
  onEncoding(last.state.encoding);
}

/** What is known from the bytes before. */
interface DecodingState {
  readonly encoding: Encoding;
  readonly isBeyondAscii: boolean;
  readonly line: number;
}

function decode(
  bytes: Buffer,
  lineEnd: number,
  state: DecodingState,
): { text: string; state: DecodingState } {
  const encoding = state.encoding === 'UTF-8' && isUtf8(bytes) ? 'UTF-8' : 'Windows-1252';
  if (encoding !== state.encoding) {
    const valid = countValidLines(bytes, lineEnd);
    if (state.isBeyondAscii || /[^\0-\x7F]/.test(valid.text)) {
      throw new AppError('invalid_input', 'The file is not in one encoding; nothing was changed.', [
        `line ${state.line + valid.lines}: is not UTF-8, and lines before it are; save the whole file in that encoding`,
      ]);
    }
  }
  const text = encoding === 'UTF-8' ? bytes.toString() : new TextDecoder('windows-1252').decode(bytes);
  const isBeyondAscii = state.isBeyondAscii || bytes.length !== text.length;
  return { text, state: { encoding, isBeyondAscii, line: state.line + countOf(bytes, lineEnd) } };
}

function countValidLines(bytes: Buffer, lineEnd: number): { lines: number; text: string } {
  let lines = 0;
  let start = 0;
  for (let end = bytes.indexOf(lineEnd); end >= 0; end = bytes.indexOf(lineEnd, start)) {
    if (!isUtf8(bytes.subarray(start, end))) {
      break;
    }
    lines += 1;
    start = end + 1;
  }
  return { lines, text: bytes.subarray(0, start).toString() };
}

function countOf(bytes: Buffer, byte: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at >= 0; at = bytes.indexOf(byte, at + 1)) {
    count += 1;
  }
  return count;
}

/** Yields pieces that end in LF, except for the last. */
async function* normalizeLineEndings(texts: AsyncGenerator<string>, hasLf: boolean): AsyncGenerator<string> {
  let rest = '';
  let isFirst = true;
  for await (const decoded of texts) {
    const text = rest + (isFirst ? decoded.replace(/^\uFEFF/, '') : decoded);
    isFirst &&= decoded === '';
    const lines = hasLf ? text.replaceAll('\r\n', '\n') : text.replaceAll('\r', '\n');
    const end = lines.lastIndexOf('\n') + 1;
    yield lines.slice(0, end);
    rest = lines.slice(end);
    requireShortLine(rest.length);
  }
  yield rest.endsWith('\r') ? rest.slice(0, -1) : rest;
}

function requireShortLine(length: number, line?: number): void {
  if (length > MAX_LINE_LENGTH) {
    throw new AppError('invalid_input', 'The file has a line that is too long; nothing was changed.', [
      `${line === undefined ? 'a line' : `line ${line}`} is longer than ${MAX_LINE_LENGTH} characters; is this a CSV file?`,
    ]);
  }
}
