import type { Actor } from '../../audit/audit-log.ts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import type { Week } from '../../week.ts';
import { describeChange, listChangedFacts } from '../facts/changed-facts.ts';
import { loadPairs, revisionsOf } from '../facts/load-pairs.ts';
import { auditedIssueChange } from '../record/audit-issue.ts';
import { getIssue, type Issue, lockIssue } from '../record/issue.ts';

/** `status_reason` of an issue that is held because of changed facts. */
export const FACTS_CHANGED = 'facts have changed since it was approved';

/** Holds an approved issue if its facts have changed, and notifies staff; returns descriptions of the changes. */
async function holdIfFactsChanged(context: Context, week: Week): Promise<string[]> {
  return context.db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    const changes = issue.status === 'approved' ? await listChangedFacts(tx, issue) : [];
    if (changes.length === 0) {
      return [];
    }
    await tx
      .updateTable('issues')
      .set({ status: 'held', status_reason: FACTS_CHANGED, held_at: context.now() })
      .where('id', '=', issue.id)
      .execute();
    const lines = changes.map((change) => describeChange(change).what);
    await notifyStaff(
      context,
      tx,
      `facts ${week} ${issue.approved_at?.toISOString()} ${context.now().toISOString()}`,
      {
        title: `Held: issue of ${week}`,
        message: [
          `The issue of ${week} is held: ${FACTS_CHANGED}. Take the new facts and approve it again, or release it as it was approved.`,
          ...lines,
        ].join('\n'),
        week,
      },
    );
    return lines;
  });
}

/** Holds every approved issue whose facts have changed, recorded as done by `actor`, if it is known; returns their weeks. */
export async function holdChangedIssues(context: Context, actor?: Actor): Promise<Week[]> {
  const approved = await context.db
    .selectFrom('issues')
    .select('week')
    .where('status', '=', 'approved')
    .orderBy('week')
    .execute();
  const held: Week[] = [];
  for (const { week } of approved) {
    const hold = async () => (await holdIfFactsChanged(context, week)).length > 0;
    const issue = await getIssue(context.db, week);
    if ((await listChangedFacts(context.db, issue)).length === 0) {
      continue;
    }
    const isHeld = actor
      ? await auditedIssueChange(context, actor, 'hold', week, { reason: FACTS_CHANGED }, hold)
      : await hold();
    if (isHeld) {
      held.push(week);
    }
  }
  return held;
}

/** Throws `refused` with the changes, and holds the issue, if an approved issue's facts have changed. */
export async function requireCurrentFacts(context: Context, week: Week): Promise<void> {
  const changes = await holdIfFactsChanged(context, week);
  if (changes.length > 0) {
    throw new AppError('refused', `The issue of ${week} is held: ${FACTS_CHANGED}.`, changes);
  }
}

/**
 * Records the present facts as those that the issue was made from: staff have seen the changes and keep its words, until the
 * approval is withdrawn.
 */
export async function acceptChangedFacts(tx: Tx, issue: Issue): Promise<void> {
  const pairs = await loadPairs(tx, issue);
  const current = revisionsOf(pairs.flatMap(({ facts }) => facts ?? []));
  await tx
    .updateTable('issues')
    .set({
      made_from: JSON.stringify(current),
      made_from_before: JSON.stringify(issue.made_from_before ?? issue.made_from),
    })
    .where('id', '=', issue.id)
    .execute();
}
