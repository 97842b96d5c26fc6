import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import type { Week } from '../../week.ts';
import { listChangedFacts } from '../facts/changed-facts.ts';
import { loadPairs } from '../facts/load-pairs.ts';
import { lockIssue } from '../record/issue.ts';
import { updateRecaps } from './update-recaps.ts';
import { removeApproval } from './approve.ts';
import { rewriteIssue } from '../edit/rewrite.ts';
import { nameOfStatus } from '../record/status.ts';

const WRITTEN_AGAIN = 'it was written again from new facts; it goes out once it is approved again';

/**
 * Rewrites the same comparisons from the present facts. What staff wrote stays. An approval does not, since it was for
 * other words: where drafts go out by themselves, the issue is held until it is approved again. Returns false, without
 * rewriting, if no facts have changed and it was not approved despite findings. Throws `refused` once the issue has been
 * prepared, or if one of its comparisons is gone.
 */
export async function takeNewFacts(context: Context, week: Week): Promise<boolean> {
  const isRewritten = await context.db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (!['draft', 'approved', 'held'].includes(issue.status)) {
      throw new AppError('refused', `The issue of ${week} is ${nameOfStatus(issue)}; its content is frozen.`);
    }
    // Somebody else may have done this already, and approved the issue since.
    const isSame = (await listChangedFacts(tx, issue)).length === 0;
    if (isSame && issue.approved_despite === null) {
      return false;
    }
    const pairs = await loadPairs(tx, issue);
    const gone = pairs.filter(({ facts }) => !facts).map(({ slug }) => slug);
    if (gone.length > 0) {
      throw new AppError(
        'refused',
        `The issue of ${week} cannot be written again; leave the comparison out, skip the week, or keep the issue as it is.`,
        [`no longer in the content, or without one of its tools: ${gone.join(', ')}`],
      );
    }
    if (issue.approved_at) {
      await removeApproval(context, tx, issue, WRITTEN_AGAIN);
    }
    await rewriteIssue(
      tx,
      issue,
      pairs.flatMap(({ facts }) => facts ?? []),
    );
    return true;
  });
  await updateRecaps(context);
  return isRewritten;
}
