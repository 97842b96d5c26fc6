import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { imageSize } from 'image-size';
import * as z from 'zod';
import { mapAtMost } from '../../concurrency/map-at-most.ts';
import { messageOf } from '../../errors.ts';
import type { ContentDocument } from './read-content.ts';

/**
 * The pictures that a file refers to, by path or URL as written there; for a picture that cannot be used, a problem
 * instead.
 */
export type Pictures = ReadonlyMap<string, Picture | { problem: string }>;

export interface Picture {
  /** A hash of the bytes, followed by `.png` or `.jpg`. */
  name: string;
  bytes: Buffer;
}

const MAX_PICTURES = 2_000;
const MAX_BYTES = 100_000;
/** Twice the size in the mail, for screens with two pixels per point. */
const MIN_PIXELS = 72;
const MAX_PIXELS = 1_024;
const FETCH_TIMEOUT_MS = 10_000;
const CONCURRENCY = 8;

const source = z.string().min(1).optional().catch(undefined);
const sources = z
  .object({
    tools: z.array(
      z
        .object({ picture: z.object({ light: source, dark: source }).optional().catch(undefined) })
        .catch({ picture: undefined }),
    ),
  })
  .catch({ tools: [] });

/**
 * Reads every picture of a document: files relative to `folder`, `https:` and `data:` URLs; without a folder only
 * `data:` URLs. Never throws: `validateContent` reports each problem where it belongs.
 */
export async function readPictures(document: ContentDocument, folder: string | undefined): Promise<Pictures> {
  const named = sources
    .parse(document)
    .tools.flatMap(({ picture }) => [picture?.light, picture?.dark])
    .filter((one) => one !== undefined);
  const pictures = await mapAtMost(
    CONCURRENCY,
    new Set(named),
    async (one, index) =>
      [
        one,
        index < MAX_PICTURES
          ? await readPicture(one, folder)
          : { problem: `is one of more than ${MAX_PICTURES} pictures; split the file` },
      ] as const,
  );
  return new Map(pictures);
}

async function readPicture(
  source: string,
  folder: string | undefined,
): Promise<Picture | { problem: string }> {
  if (folder === undefined && !source.startsWith('data:')) {
    return {
      problem: 'can only be a data: URL here; import files and URLs with `verdicts content import`',
    };
  }
  try {
    const bytes = await readSource(source, folder);
    const problem = findProblem(bytes);
    return problem === undefined ? { name: nameOf(bytes), bytes } : { problem };
  } catch (error) {
    return { problem: `cannot be read (${reasonOf(error)}); correct the path or URL` };
  }
}

async function readSource(source: string, folder = '.'): Promise<Buffer> {
  const { protocol } = URL.canParse(source) ? new URL(source) : { protocol: undefined };
  if (protocol !== 'https:' && protocol !== 'data:') {
    return readStart(createReadStream(path.resolve(folder, source)));
  }
  const response = await fetch(source, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!response.ok) {
    throw new Error(`the server responded with ${response.status}`);
  }
  return response.body ? readStart(response.body) : Buffer.alloc(0);
}

/** Reads no more than it takes to see that a file is too large. */
async function readStart(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_BYTES) {
      break;
    }
  }
  return Buffer.concat(chunks);
}

function findProblem(bytes: Buffer): string | undefined {
  if (bytes.length > MAX_BYTES) {
    return `has more than ${MAX_BYTES} bytes; save it smaller`;
  }
  const { width, height, type } = sizeOf(bytes);
  if (type !== 'png' && type !== 'jpg') {
    return 'is not a PNG or JPEG picture, which all mail programs show; convert it';
  }
  if (width !== height) {
    return `is ${width} × ${height} pixels; make it square`;
  }
  return width < MIN_PIXELS || width > MAX_PIXELS
    ? `is ${width} pixels wide; make it ${MIN_PIXELS} to ${MAX_PIXELS}`
    : undefined;
}

function sizeOf(bytes: Buffer): { width: number; height: number; type?: string | undefined } {
  try {
    return imageSize(bytes);
  } catch {
    // It throws for bytes that are not a picture of a known type.
    return { width: 0, height: 0 };
  }
}

function nameOf(bytes: Buffer): string {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
  return `${hash}.${sizeOf(bytes).type}`;
}

function reasonOf(error: unknown): string {
  const { code, cause } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'there is no such file' : messageOf(cause ?? error);
}
