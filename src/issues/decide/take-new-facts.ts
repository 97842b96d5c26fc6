import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { loadCommunityTallies } from '../../votes/tally/community.ts';
import type { Week } from '../../week.ts';
import { loadPairs, revisionsOf } from '../facts/load-pairs.ts';
import { hashContent } from '../record/content-hash.ts';
import { type Issue, lockIssue } from '../record/issue.ts';
import { composeIssue } from '../write/compose.ts';
import { removeApproval } from './approve.ts';
import { listCandidates } from './_candidates.ts';
import { FACTS_CHANGED } from './changed-facts.ts';

/**
 * Writes the same comparisons again from the facts as they are now. What staff wrote stays; an approval does not, since it was
 * for other words. Throws `refused` once the issue has been prepared, or if one of its comparisons is gone.
 */
export async function takeNewFacts({ db }: Context, week: Week): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (!['draft', 'approved', 'held'].includes(issue.status)) {
      throw new AppError('refused', `The issue of ${week} is ${issue.status}; its content is frozen.`);
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
    const comparisons = pairs.flatMap(({ facts }) => facts ?? []);
    const { number, votes_until, recap } = issue.content;
    const slugs = comparisons.flatMap(({ tools }) => tools.map(({ slug }) => slug));
    const community = await loadCommunityTallies(tx, slugs);
    const written = composeIssue({ week, number, comparisons, community, recap, votes_until });
    const content = { ...written, ...listEdits(issue) };
    if (issue.approved_at) {
      await removeApproval(tx, issue.id);
    }
    await tx
      .updateTable('issues')
      .set({
        content: JSON.stringify(content),
        content_hash: hashContent(content),
        made_from: JSON.stringify(revisionsOf(comparisons)),
        choice: JSON.stringify({ ...issue.choice, ...listCandidates(week, comparisons) }),
        ...(issue.status === 'held' && issue.status_reason !== FACTS_CHANGED
          ? { status: 'held' as const, status_reason: issue.status_reason, held_at: issue.held_at }
          : {}),
      })
      .where('id', '=', issue.id)
      .execute();
  });
}

/** What staff wrote in place of the generated lines. */
function listEdits({ content: { subject, preheader }, choice }: Issue): {
  subject?: string;
  preheader?: string;
} {
  return {
    ...(choice.subjects && subject !== choice.subjects[0]?.text ? { subject } : {}),
    ...(choice.preheaders && preheader !== choice.preheaders[0]?.text ? { preheader } : {}),
  };
}
