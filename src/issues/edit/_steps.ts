import { isDeepStrictEqual } from 'node:util';
import type { Tx } from '../../database/connect.ts';
import type { Row } from '../../database/schema.ts';
import type { EditableField } from '../record/edits.ts';
import { getIssue, type Issue } from '../record/issue.ts';

/** What somebody types into a field without pausing for this long is one step. */
const PAUSE_MS = 60_000;
/** Older steps are deleted. */
const MAX_STEPS = 200;

/** What staff wrote and arranged; everything else of an issue is generated. */
export interface EditingState {
  texts: Partial<Record<EditableField, string>>;
  comparisons: string[];
}

export function stateOf({ edits, content: { lead, more } }: Issue): EditingState {
  return {
    texts: Object.fromEntries(Object.entries(edits).map(([field, edited]) => [field, edited?.text])),
    comparisons: [lead, ...more].map(({ slug }) => slug),
  };
}

/**
 * Records the present state as the step after that of `before`, or as part of that step if typing continues; deletes
 * steps that were undone.
 */
export async function recordStep(tx: Tx, before: Issue, now: Date, actor?: string): Promise<void> {
  const state = stateOf(await getIssue(tx, before.week));
  const earlier = stateOf(before);
  if (isDeepStrictEqual(state, earlier)) {
    return;
  }
  const { id, step } = before;
  const steps = tx.selectFrom('issue_steps').selectAll().where('issue_id', '=', id);
  const present = await steps.where('position', '=', step).executeTakeFirst();
  const previous = await steps.where('position', '=', step - 1).executeTakeFirst();
  await tx.deleteFrom('issue_steps').where('issue_id', '=', id).where('position', '>', step).execute();
  if (!present) {
    await insert(tx, { issue_id: id, position: step, at: now, actor: null }, earlier);
  }
  const isSameStep =
    present &&
    previous &&
    present.actor === (actor ?? null) &&
    now.getTime() - present.at.getTime() < PAUSE_MS &&
    continuesTyping(previous, present, state);
  if (isSameStep) {
    await tx
      .updateTable('issue_steps')
      .set({ at: now, texts: JSON.stringify(state.texts), comparisons: state.comparisons })
      .where('issue_id', '=', id)
      .where('position', '=', step)
      .execute();
    return;
  }
  await insert(tx, { issue_id: id, position: step + 1, at: now, actor: actor ?? null }, state);
  await tx
    .updateTable('issues')
    .set({ step: step + 1 })
    .where('id', '=', id)
    .execute();
  await tx
    .deleteFrom('issue_steps')
    .where('issue_id', '=', id)
    .where('position', '<', step - MAX_STEPS)
    .execute();
}

/**
 * Whether somebody goes on typing in the texts of the present step. Bringing back a generated text and arranging
 * comparisons are steps of their own.
 */
function continuesTyping(previous: EditingState, present: EditingState, state: EditingState): boolean {
  const changed = listChanged(previous, present);
  return (
    isDeepStrictEqual(changed, listChanged(present, state)) &&
    changed.every((field) => field !== 'comparisons' && state.texts[field as EditableField] !== undefined)
  );
}

/** The fields whose texts differ, and `comparisons` if the comparisons or their order do. */
export function listChanged(a: EditingState, b: EditingState): string[] {
  const fields = new Set([...Object.keys(a.texts), ...Object.keys(b.texts)]) as Set<EditableField>;
  return [
    ...[...fields].filter((field) => a.texts[field] !== b.texts[field]),
    ...(isDeepStrictEqual(a.comparisons, b.comparisons) ? [] : ['comparisons']),
  ];
}

async function insert(
  tx: Tx,
  step: Pick<Row<'issue_steps'>, 'issue_id' | 'position' | 'at' | 'actor'>,
  { texts, comparisons }: EditingState,
): Promise<void> {
  await tx
    .insertInto('issue_steps')
    .values({ ...step, texts: JSON.stringify(texts), comparisons })
    .execute();
}
