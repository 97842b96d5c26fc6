import { readFile, stat } from 'node:fs/promises';
import { AppError, messageOf } from '../../errors.ts';
import { findBadByte } from './_find-bad-byte.ts';
import { findJsonProblem } from './_find-json-problem.ts';

/** A JSON object from a file; `importContent` validates it. */
export type ContentDocument = Readonly<Record<string, unknown>>;

const LIMIT_BYTES = 10 * 1024 * 1024;

/** Reads a UTF-8 file of at most 10 MB. Throws AppError, with the position, for anything that is not a JSON object. */
export async function readContentFile(path: string): Promise<ContentDocument> {
  await checkFile(path);
  return parseContent(path, await readFile(path).catch((error: unknown) => refuseUnreadable(path, error)));
}

/** As `readContentFile`, for the bytes of a file; `name` is what error messages call it. */
export function parseContent(name: string, bytes: Buffer): ContentDocument {
  if (bytes.length > LIMIT_BYTES) {
    refuse(name, 'is over 10 MB', `it has ${bytes.length} bytes; split it into several files`);
  }
  const text = decode(name, bytes);
  if (text.trim() === '') {
    refuse(name, 'is empty', 'write a JSON object with reviewers, tools and comparisons');
  }
  const invalid = findJsonProblem(text);
  if (invalid) {
    refuse(name, 'is not valid JSON', `line ${invalid.line}, column ${invalid.column}: ${invalid.problem}`);
  }
  const document: unknown = JSON.parse(text);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    refuse(name, 'does not contain an object', 'put reviewers, tools and comparisons inside one pair of { }');
  }
  return document as ContentDocument;
}

async function checkFile(path: string) {
  const stats = await stat(path).catch((error: unknown) => refuseUnreadable(path, error));
  if (!stats.isFile()) {
    refuse(path, stats.isDirectory() ? 'is a directory' : 'is not a regular file', 'name a JSON file');
  }
  if (stats.size > LIMIT_BYTES) {
    refuse(path, 'is over 10 MB', `it has ${stats.size} bytes; split it into several files`);
  }
}

function decode(path: string, bytes: Buffer): string {
  const badByte = findBadByte(bytes);
  if (badByte !== undefined) {
    refuse(
      path,
      'is not UTF-8',
      `the byte at offset ${badByte} does not start a character; save the file as UTF-8`,
    );
  }
  return new TextDecoder().decode(bytes);
}

function refuseUnreadable(path: string, error: unknown): never {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
    refuse(path, 'does not exist', 'check the name of the file');
  }
  refuse(path, 'cannot be read', messageOf(error));
}

function refuse(path: string, what: string, problem: string): never {
  throw new AppError('invalid_input', `${path} ${what}; nothing was changed.`, [problem]);
}
