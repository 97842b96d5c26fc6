import type { ComparisonFacts } from '../../comparisons/show/facts.ts';
import type { Tx } from '../../database/connect.ts';
import { loadCommunityTallies } from '../../votes/tally/community.ts';
import { revisionsOf } from '../facts/load-pairs.ts';
import { hashContent } from '../record/content-hash.ts';
import { type Edits, reapply } from '../record/edits.ts';
import type { Issue, StoredChoice } from '../record/issue.ts';
import { composeIssue } from '../write/compose.ts';
import { listCandidates } from './candidates.ts';
import { storeComparisons } from './store-comparisons.ts';

/** Rewrites an issue from these comparisons; keeps what staff wrote. */
export async function rewriteIssue(
  tx: Tx,
  issue: Issue,
  comparisons: readonly ComparisonFacts[],
  choice: StoredChoice = issue.choice,
): Promise<void> {
  const { week } = issue;
  const { number, votes_until, recap } = issue.content;
  const slugs = comparisons.flatMap(({ tools }) => tools.map(({ slug }) => slug));
  const community = await loadCommunityTallies(tx, slugs);
  const generated = composeIssue({ week, number, comparisons, community, recap, votes_until });
  const { content, edits } = reapply(generated, allEdits(issue));
  await tx
    .updateTable('issues')
    .set({
      content: JSON.stringify(content),
      content_hash: hashContent(content),
      edits: JSON.stringify(edits),
      made_from: JSON.stringify(revisionsOf(comparisons)),
      choice: JSON.stringify({ ...choice, ...listCandidates(week, comparisons) }),
    })
    .where('id', '=', issue.id)
    .execute();
  await storeComparisons(tx, issue.id, comparisons);
}

function isEdited(text: string, generated: string | undefined): boolean {
  return generated !== undefined && text !== generated;
}

/** Version 0.2.0, which may run beside this one, writes a subject or preheader only into the content. */
function allEdits({ content: { subject, preheader }, choice, edits }: Issue): Edits {
  const generatedBefore = { subject: choice.subjects?.[0]?.text, preheader: choice.preheaders?.[0]?.text };
  return {
    ...(isEdited(subject, generatedBefore.subject) ? { subject: { text: subject, generated: '' } } : {}),
    ...(isEdited(preheader, generatedBefore.preheader)
      ? { preheader: { text: preheader, generated: '' } }
      : {}),
    ...edits,
  };
}
