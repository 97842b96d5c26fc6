import { AppError } from '../../errors.ts';
import { arrangeComparisons } from '../../issues/edit/arrange.ts';
import { EditConflict, editIssue, TextsRefused } from '../../issues/edit/edit.ts';
import { auditedIssueChange } from '../../issues/record/audit-issue.ts';
import { moveStep } from '../../issues/edit/undo.ts';
import { edit, type EditableField, listEditableFields, readEditable } from '../../issues/record/edits.ts';
import { getIssue, type Issue } from '../../issues/record/issue.ts';
import type { PageContext } from '../layout/page.tsx';
import { readField, readForm } from '../request/read-form.ts';
import { showCopy } from '../studio-review/review-panel.tsx';
import { isUnapproved, listOpenFindings } from '../studio-shared/open-findings.ts';
import { actorOf } from '../studio-shared/actor.tsx';
import { showConflict } from './_conflict-page.tsx';
import { EVERYTHING } from './_editing-panel.tsx';
import { showUnsaved } from './_unsaved-page.tsx';

/** Saves what staff wrote. If somebody else has changed the same texts meanwhile, nothing is written and both versions are shown. */
export async function editAction(c: PageContext) {
  const context = c.get('context');
  const issue = await getIssue(context.db, c.req.param('week') ?? '');
  const reset = await readField(c, 'reset');
  const { texts, isOverlapping, lost } = await readChangedTexts(c, issue, reset);
  // Two people who write in different fields are not in each other's way.
  const expected = isOverlapping || reset !== '' ? await readField(c, 'expected') : issue.content_hash;
  const isScript = c.req.header('accept') === 'application/json';
  let change = { before: issue, after: issue };
  try {
    if (lost.length > 0) {
      throw new EditConflict(issue.week);
    }
    if (Object.keys(texts).length > 0) {
      change = await auditedIssueChange(context, actorOf(c), 'edit', issue.week, {}, () =>
        editIssue(context, issue.week, texts, expected || undefined, actorOf(c).name),
      );
    }
  } catch (error) {
    if (isScript && error instanceof AppError) {
      return c.json({ problem: error.message }, 409);
    }
    if (error instanceof TextsRefused) {
      return showUnsaved(c, issue, texts, error);
    }
    if (error instanceof EditConflict || (error instanceof AppError && !isUnapproved(issue))) {
      return showConflict(c, issue, texts, lost);
    }
    throw error;
  }
  if (isScript) {
    const { before, after } = change;
    return c.json({
      // The page updates its forms only if they showed this version: others may have changed other parts.
      before: before.content_hash,
      content_hash: after.content_hash,
      subject: after.content.subject,
      findings: await listOpenFindings(context, after),
    });
  }
  return c.redirect(`/studio/issues/${issue.week}#editing`, 303);
}

/** The mail with text that is not saved yet, for a frame; once the content is frozen, the mail as it is. */
export async function unsavedCopy(c: PageContext) {
  const context = c.get('context');
  const issue = await getIssue(context.db, c.req.param('week') ?? '');
  if (!isUnapproved(issue)) {
    return showCopy(c, issue);
  }
  const { texts } = await readChangedTexts(c, issue);
  // Saving refuses control and private-use characters; the renderer uses some of them as placeholders.
  const shown = Object.entries(texts).map(([field, text]) => [
    field,
    (text ?? '').replaceAll(/[\p{Cc}\uE000-\uF8FF]/gu, ''),
  ]);
  const { content } = edit(issue.content, issue.edits, Object.fromEntries(shown));
  return showCopy(c, { ...issue, content });
}

/** Undoes or redoes the last step, whoever made it. */
export async function stepAction(c: PageContext, way: 'undo' | 'redo') {
  const context = c.get('context');
  const { week } = await getIssue(context.db, c.req.param('week') ?? '');
  const expected = await readField(c, 'expected');
  await auditedIssueChange(context, actorOf(c), way, week, {}, () =>
    moveStep(context, week, way, expected || undefined),
  );
  return c.redirect(`/studio/issues/${week}#editing`, 303);
}

export async function arrangeAction(c: PageContext) {
  const context = c.get('context');
  const { week } = await getIssue(context.db, c.req.param('week') ?? '');
  const add = await readField(c, 'add');
  const instead = await readField(c, 'instead');
  const shown = (await readField(c, 'order')).split(/\s+/);
  const slugs = instead ? shown.map((slug) => (slug === instead ? add : slug)) : [...shown, add];
  const order = slugs.join(' ').trim();
  const expected = await readField(c, 'expected');
  await auditedIssueChange(context, actorOf(c), 'arrange', week, { order }, () =>
    arrangeComparisons(context, week, order.split(/\s+/), expected || undefined, actorOf(c).name),
  );
  return c.redirect(`/studio/issues/${week}#comparisons`, 303);
}

interface ChangedTexts {
  texts: Partial<Record<EditableField, string>>;
  /** Whether one of the fields has been changed since the form was shown. */
  isOverlapping: boolean;
  /** What was written about a comparison that is no longer in the issue, or no longer its lead. */
  lost: [field: string, text: string][];
}

/**
 * The fields whose text differs both from what the form showed (`was:`) and from what is stored. Line breaks become
 * spaces. `reset` names a field that goes back to its generated text, or all of them.
 */
async function readChangedTexts(c: PageContext, issue: Issue, reset = ''): Promise<ChangedTexts> {
  const form = await readForm(c);
  const read = (name: string) => {
    const value = form[name];
    return typeof value === 'string' ? value.replaceAll(/\s+/g, ' ').trim() : '';
  };
  const changed = listEditableFields(issue.content).filter(
    (field) =>
      field in form &&
      read(field) !== readEditable(issue.content, field) &&
      (!(`was:${field}` in form) || read(field) !== read(`was:${field}`)),
  );
  const back = reset === EVERYTHING ? Object.keys(issue.edits) : [reset];
  const known = listEditableFields(issue.content).filter((field) => back.includes(field));
  return {
    texts: {
      ...Object.fromEntries(changed.map((field) => [field, read(field)])),
      ...Object.fromEntries(known.map((field) => [field, ''])),
    },
    lost: Object.keys(form).flatMap((field): [string, string][] =>
      /^(?:verdict|quote):/.test(field) &&
      !listEditableFields(issue.content).some((editable) => editable === field) &&
      read(field) !== read(`was:${field}`)
        ? [[field, read(field)]]
        : [],
    ),
    isOverlapping: changed.some(
      (field) => !(`was:${field}` in form) || read(`was:${field}`) !== readEditable(issue.content, field),
    ),
  };
}
