import type { IssueContent } from '../../../emails/_parts/content/content.ts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { findForbidden } from '../../comparisons/validate/forbidden-characters.ts';
import { AppError } from '../../errors.ts';
import type { Week } from '../../week.ts';
import { isExcerpt } from './_is-excerpt.ts';
import { hashContent } from '../record/content-hash.ts';
import { edit, type EditableField, findQuote, listEditableFields } from '../record/edits.ts';
import { type Issue, lockIssue } from '../record/issue.ts';
import { recordStep } from './_steps.ts';

/** Texts by field; an empty one brings back what was generated. */
export type Texts = Partial<Record<EditableField, string | undefined>>;

/** Of the fields that staff write, in characters (UTF-16), by the kind before the colon. */
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

/**
 * Sets what staff wrote in an issue that is not approved yet. `expectedHash` is the hash of the content that they saw: throws
 * EditConflict if it has changed since.
 */
export async function editIssue(
  { db, now }: Context,
  week: Week,
  given: Texts,
  expectedHash?: string,
  by?: string,
): Promise<void> {
  const texts = Object.entries(given).flatMap(([field, text]) =>
    text === undefined ? [] : [[field, text.trim()] as [EditableField, string]],
  );
  if (texts.length === 0) {
    throw new AppError('invalid_input', 'Say what to change, such as the subject or the preheader.');
  }
  texts.forEach(checkText);
  await db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    requireEditable(issue, expectedHash);
    const fields = listEditableFields(issue.content);
    const unknown = texts.find(([field]) => !fields.includes(field));
    if (unknown) {
      throw new AppError('invalid_input', `The issue of ${week} has no ${unknown[0]} to edit.`);
    }
    texts.forEach((text) => checkQuote(issue, text));
    await setTexts(tx, issue, Object.fromEntries(texts));
    await recordStep(tx, issue, now(), by);
  });
}

/** In the transaction of whoever has locked the issue. */
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

/** Throws `refused` for an issue whose content is frozen, and EditConflict if it is not what somebody saw. */
export function requireEditable(issue: Issue, expectedHash?: string): void {
  if (issue.approved_at || !['draft', 'held'].includes(issue.status)) {
    throw new AppError('refused', `The issue of ${issue.week} is ${issue.status}; its content is frozen.`);
  }
  if (expectedHash !== undefined && expectedHash !== issue.content_hash) {
    throw new EditConflict(issue.week);
  }
}

function checkText([field, text]: [EditableField, string]): void {
  const [kind = ''] = field.split(':');
  const limit = MAX_LENGTHS[kind] ?? 0;
  const forbidden = findForbidden(text);
  if (text.length > limit || forbidden !== undefined) {
    throw new AppError(
      'invalid_input',
      `The ${kind} must be one line of at most ${limit} characters${forbidden ? `, without ${forbidden}` : ''}.`,
    );
  }
}

/** A quote may be cut, never reworded. */
export function isFaithful(content: IssueContent, field: EditableField, text: string): boolean {
  const quote = findQuote(content, field);
  const said = content.lead.tools
    .find(({ name }) => name === quote?.tool)
    ?.reviews.find(({ reviewer }) => reviewer === quote?.reviewer);
  return !quote || text === '' || isExcerpt(text, said?.quote ?? '');
}

function checkQuote({ content }: Issue, [field, text]: [EditableField, string]): void {
  const quote = findQuote(content, field);
  if (quote && !isFaithful(content, field, text)) {
    throw new AppError(
      'invalid_input',
      `${quote.reviewer} did not say that: a quote may only be cut, with … for what is left out between.`,
    );
  }
}
