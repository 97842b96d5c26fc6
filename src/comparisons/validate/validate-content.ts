import type { z } from 'zod';
import { AppError } from '../../errors.ts';
import { type Content, contentShape } from './content-shape.ts';
import { countEntries } from './_count-entries.ts';
import { type KnownSlugs, listReferenceProblems } from './_list-reference-problems.ts';
import type { ContentDocument } from '../parse/read-content.ts';

/** Millions of wrong entries fit into 10 MB; their problems do not fit into memory. */
const LIMIT_ENTRIES = 100_000;

/** Throws one AppError that lists every problem with its place; places count from 0, as in `tools[3].reviews[1]`. */
export function validateContent(document: ContentDocument, known: KnownSlugs): Content {
  refuseTooMany(countEntries(document));
  const parsed = contentShape.safeParse(document);
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

function refuseTooMany(count: number) {
  if (count > LIMIT_ENTRIES) {
    throw new AppError('invalid_input', 'The content is too large; nothing was changed.', [
      `the file: has ${count} entries in its lists, of ${LIMIT_ENTRIES} at most; split it into several files`,
    ]);
  }
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  return issue.code === 'unrecognized_keys'
    ? issue.keys.map(
        (key) => `${placeOf([...issue.path, key])}: is no field of this format; rename or remove it`,
      )
    : [`${placeOf(issue.path) || 'the file'}: ${issue.message}`];
}

function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${nameOf(String(step))}`))
    .join('')
    .replace(/^\./, '');
}

function nameOf(key: string): string {
  return /^\w{1,60}$/.test(key) ? key : JSON.stringify(key.slice(0, 60));
}
