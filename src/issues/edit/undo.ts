import type { Context } from '../../context.ts';
import type { Db } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import type { Week } from '../../week.ts';
import { listEditableFields } from '../record/edits.ts';
import { getIssue, type Issue, lockIssue } from '../record/issue.ts';
import { setComparisons } from './arrange.ts';
import { requireEditable, setTexts } from './edit.ts';
import { isFaithful } from './_is-faithful.ts';
import { type EditingState, listChanged, stateOf } from './_steps.ts';

/** What each step would change, such as `subject` or `comparisons`; absent if there is nothing to undo or redo. */
export interface PossibleSteps {
  undo?: string[];
  redo?: string[];
}

export async function listPossibleSteps(db: Db, issue: Issue): Promise<PossibleSteps> {
  const steps = await db
    .selectFrom('issue_steps')
    .selectAll()
    .where('issue_id', '=', issue.id)
    .where('position', 'in', [issue.step - 1, issue.step + 1])
    .execute();
  const present = stateOf(issue);
  const changesTo = (position: number) => {
    const step = steps.find((candidate) => candidate.position === position);
    return step && listChanged(step, present);
  };
  const [undo, redo] = [changesTo(issue.step - 1), changesTo(issue.step + 1)];
  return { ...(undo ? { undo } : {}), ...(redo ? { redo } : {}) };
}

/**
 * Brings back what staff had written and arranged one step earlier or later; facts stay as they are now. Throws
 * EditConflict as `editIssue` does, and `refused` if there is no such step.
 */
export async function moveStep(
  context: Context,
  week: Week,
  direction: 'undo' | 'redo',
  expectedHash?: string,
): Promise<void> {
  await context.db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    requireEditable(issue, expectedHash);
    const position = issue.step + (direction === 'undo' ? -1 : 1);
    const step: EditingState | undefined = await tx
      .selectFrom('issue_steps')
      .select(['texts', 'comparisons'])
      .where('issue_id', '=', issue.id)
      .where('position', '=', position)
      .executeTakeFirst();
    if (!step) {
      throw new AppError('refused', `There is nothing to ${direction}.`);
    }
    if (listChanged(step, stateOf(issue)).includes('comparisons')) {
      await setComparisons(context, tx, issue, step.comparisons);
    }
    const arranged = await getIssue(tx, week);
    const texts = listEditableFields(arranged.content).map((field) => {
      const text = step.texts[field] ?? '';
      // A quote that its reviewer has changed since is not brought back.
      return [field, isFaithful(arranged.content, field, text) ? text : ''];
    });
    await setTexts(tx, arranged, Object.fromEntries(texts));
    await tx.updateTable('issues').set({ step: position }).where('id', '=', issue.id).execute();
  });
}
