import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import type { Week } from '../../week.ts';
import { loadPairs } from '../facts/load-pairs.ts';
import { lockIssue } from '../record/issue.ts';
import { removeApproval } from './approve.ts';
import { rewriteIssue } from '../edit/rewrite.ts';
import { nameOfStatus } from '../record/status.ts';
import { FACTS_CHANGED } from './changed-facts.ts';

/**
 * Writes the same comparisons again from the facts as they are now. What staff wrote stays; an approval does not, since it was
 * for other words. Throws `refused` once the issue has been prepared, or if one of its comparisons is gone.
 */
export async function takeNewFacts({ db }: Context, week: Week): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (!['draft', 'approved', 'held'].includes(issue.status)) {
      throw new AppError('refused', `The issue of ${week} is ${nameOfStatus(issue)}; its content is frozen.`);
    }
    const pairs = await loadPairs(tx, issue);
    const gone = pairs.filter(({ facts }) => !facts).map(({ slug }) => slug);
    if (gone.length > 0) {
      throw new AppError(
        'refused',
        `The issue of ${week} cannot be written again; skip the week, or keep the issue as it is.`,
        [`no longer in the content, or without one of its tools: ${gone.join(', ')}`],
      );
    }
    if (issue.approved_at) {
      await removeApproval(tx, issue.id);
    }
    await rewriteIssue(
      tx,
      issue,
      pairs.flatMap(({ facts }) => facts ?? []),
    );
    if (issue.status === 'held' && issue.status_reason !== FACTS_CHANGED) {
      const { status, status_reason, held_at } = issue;
      await tx
        .updateTable('issues')
        .set({ status, status_reason, held_at })
        .where('id', '=', issue.id)
        .execute();
    }
  });
}
