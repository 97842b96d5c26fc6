import type * as z from 'zod';
import { AppError } from '../../errors.ts';
import { type Content, contentShapeWith } from './content-shape.ts';
import { countEntries } from './_count-entries.ts';
import { type KnownSlugs, listReferenceProblems } from './_list-reference-problems.ts';
import type { ContentDocument } from '../parse/read-content.ts';
import type { Pictures } from '../parse/read-pictures.ts';

/** A file of 10 MB can contain millions of invalid entries, whose problems would not fit into memory. */
const MAX_ENTRIES = 100_000;

/** Throws one AppError that lists every problem with its path; indexes count from 0, as in `tools[3].reviews[1]`. */
export function validateContent(
  document: ContentDocument,
  known: KnownSlugs,
  pictures: Pictures = new Map(),
): Content {
  refuseTooManyEntries(countEntries(document));
  const parsed = contentShapeWith(pictures).safeParse(document);
  const problems = [
    ...(parsed.error?.issues ?? []).flatMap(describeIssue),
    ...listReferenceProblems(document, known),
  ];
  if (!parsed.success || problems.length > 0) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    throw new AppError('invalid_input', `The content has ${count}; nothing was changed.`, problems);
  }
  return parsed.data;
}

function refuseTooManyEntries(count: number) {
  if (count > MAX_ENTRIES) {
    throw new AppError('invalid_input', 'The content is too large; nothing was changed.', [
      `the file: has ${count} entries in its lists, more than the ${MAX_ENTRIES} allowed; split it into several files`,
    ]);
  }
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  return issue.code === 'unrecognized_keys'
    ? issue.keys.map(
        (key) => `${formatPath([...issue.path, key])}: is not a field of this format; rename or remove it`,
      )
    : [`${formatPath(issue.path) || 'the file'}: ${issue.message}`];
}

function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${formatKey(String(step))}`))
    .join('')
    .replace(/^\./, '');
}

function formatKey(key: string): string {
  return /^\w{1,60}$/.test(key) ? key : JSON.stringify(key.slice(0, 60));
}
