import { withoutMarks } from '../../../emails/_parts/text/left-to-right.ts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { findForbidden } from '../../comparisons/validate/forbidden-characters.ts';
import { AppError } from '../../errors.ts';
import type { Week } from '../../week.ts';
import { isFaithful } from './_is-faithful.ts';
import { hashContent } from '../record/content-hash.ts';
import { edit, type EditableField, findQuote, listEditableFields } from '../record/edits.ts';
import { getIssue, type Issue, lockIssue } from '../record/issue.ts';
import { nameOfStatus } from '../record/status.ts';
import { recordStep } from './_steps.ts';

/** Texts by field; an empty one brings back what was generated. */
export type Texts = Partial<Record<EditableField, string | undefined>>;

/**
 * Maximum lengths of the fields that staff write, in UTF-16 code units, by the part of the field's name before the
 * colon.
 */
export const MAX_LENGTHS: Readonly<Record<string, number>> = {
  subject: 200,
  preheader: 200,
  introduction: 300,
  verdict: 400,
  quote: 400,
};

/** Somebody else has changed the issue since it was shown. */
export class EditConflict extends AppError {
  constructor(week: Week) {
    super('refused', `The issue of ${week} was changed meanwhile, by somebody else or in another tab.`);
  }
}

/** Some of the texts that staff wrote cannot be saved. */
export class TextsRefused extends AppError {
  readonly byField: ReadonlyMap<EditableField, string>;

  constructor(byField: ReadonlyMap<EditableField, string>) {
    super('invalid_input', [...byField.values()].join(' '));
    this.byField = byField;
  }
}

/**
 * Sets what staff wrote in an issue that is not approved yet. `expectedHash` is the hash of the content that they saw:
 * throws EditConflict if it has changed since, and TextsRefused. Returns the issue before and after this change alone.
 */
export async function editIssue(
  { db, now }: Context,
  week: Week,
  given: Texts,
  expectedHash?: string,
  by?: string,
): Promise<{ before: Issue; after: Issue }> {
  const texts = Object.entries(given).flatMap(([field, text]) =>
    text === undefined ? [] : [[field, text.trim()] as Text],
  );
  if (texts.length === 0) {
    throw new AppError('invalid_input', 'Say what to change, such as the subject or the preheader.');
  }
  refuseAny(texts, findProblem);
  return db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    requireEditable(issue, expectedHash);
    const fields = listEditableFields(issue.content);
    const unknown = texts.find(([field]) => !fields.includes(field));
    if (unknown) {
      throw new AppError('invalid_input', `The issue of ${week} has no ${unknown[0]} to edit.`);
    }
    refuseAny(texts, (text) => findMisquotation(issue, text));
    await setTexts(tx, issue, Object.fromEntries(texts));
    await recordStep(tx, issue, now(), by);
    return { before: issue, after: await getIssue(tx, week) };
  });
}

/** Called in the transaction that has locked the issue. */
export async function setTexts(tx: Tx, issue: Issue, texts: Partial<Record<EditableField, string>>) {
  const { content, edits } = edit(issue.content, issue.edits, texts);
  await tx
    .updateTable('issues')
    .set({
      content: JSON.stringify(content),
      content_hash: hashContent(content),
      edits: JSON.stringify(edits),
    })
    .where('id', '=', issue.id)
    .execute();
}

/** Throws `refused` for an issue whose content is frozen, and EditConflict if the content is not what somebody saw. */
export function requireEditable(issue: Issue, expectedHash?: string): void {
  if (issue.approved_at || !['draft', 'held'].includes(issue.status)) {
    throw new AppError(
      'refused',
      `The issue of ${issue.week} is ${nameOfStatus(issue)}; its content is frozen.`,
    );
  }
  if (expectedHash !== undefined && expectedHash !== issue.content_hash) {
    throw new EditConflict(issue.week);
  }
}

type Text = [field: EditableField, text: string];

function refuseAny(texts: readonly Text[], find: (text: Text) => string | undefined): void {
  const problems = texts.flatMap((text): [EditableField, string][] => {
    const problem = find(text);
    return problem ? [[text[0], problem]] : [];
  });
  if (problems.length > 0) {
    throw new TextsRefused(new Map(problems));
  }
}

function findProblem([field, text]: Text): string | undefined {
  const [kind = ''] = field.split(':');
  const limit = MAX_LENGTHS[kind] ?? 0;
  // Generated lines have invisible marks after names in right-to-left scripts.
  const forbidden = findForbidden(withoutMarks(text));
  return text.length > limit || forbidden !== undefined
    ? `The ${kind} must be one line of at most ${limit} characters${forbidden ? `, without ${forbidden}` : ''}.`
    : undefined;
}

function findMisquotation({ content }: Issue, [field, text]: Text): string | undefined {
  const quote = findQuote(content, field);
  return quote && !isFaithful(content, field, text)
    ? `${quote.reviewer} did not say that: a quote may only be shortened, with … where words in between are left out.`
    : undefined;
}
