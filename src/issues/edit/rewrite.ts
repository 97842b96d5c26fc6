import { sql } from 'kysely';
import type { IssueContent } from '../../../emails/_parts/content/content.ts';
import type { ComparisonFacts } from '../../comparisons/show/facts.ts';
import type { Tx } from '../../database/connect.ts';
import { loadCommunityTallies } from '../../votes/tally/community.ts';
import { revisionsOf } from '../facts/load-pairs.ts';
import { hashContent } from '../record/content-hash.ts';
import { type EditableField, type Edited, type Edits, reapply } from '../record/edits.ts';
import type { Issue, StoredChoice } from '../record/issue.ts';
import { composeIssue } from '../write/compose.ts';
import { isSuggestion, type Suggestions } from '../record/is-suggestion.ts';
import { isFaithful } from './_is-faithful.ts';
import { listCandidates } from './candidates.ts';
import { storeComparisons } from './store-comparisons.ts';

/**
 * Rewrites an issue from these comparisons; keeps what staff wrote, except quotes that their reviewers have taken back, and
 * verdicts on a pair that has got another tool, and subjects and preheaders chosen from suggestions that would not be made any more.
 */
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
  const candidates = listCandidates(week, comparisons);
  const kept = stillTrue(issue, generated, candidates);
  const { content, edits } = reapply(generated, kept);
  await discardSteps(
    tx,
    issue.id,
    Object.keys(issue.edits).filter((field) => !(field in kept) && !isLine(field)),
  );
  // After an undo of an arrangement, what was suggested before it is true again.
  await (choice === issue.choice && discardSuggestions(tx, issue, candidates));
  await tx
    .updateTable('issues')
    .set({
      content: JSON.stringify(content),
      content_hash: hashContent(content),
      edits: JSON.stringify(edits),
      made_from: JSON.stringify(revisionsOf(comparisons)),
      made_from_before: null,
      choice: JSON.stringify({ ...choice, ...candidates }),
    })
    .where('id', '=', issue.id)
    .execute();
  await storeComparisons(tx, issue.id, comparisons);
}

/** What is no longer true must not come back by an undo. */
async function discardSteps(tx: Tx, issueId: number, fields: readonly string[]): Promise<void> {
  if (fields.length > 0) {
    await sql`update issue_steps set texts = texts - ${fields}::text[] where issue_id = ${issueId}`.execute(
      tx,
    );
  }
}

/** Suggestions that would not be made any more must not come back by an undo either; what staff wrote themselves does. */
async function discardSuggestions(tx: Tx, { id, choice }: Issue, candidates: Suggestions): Promise<void> {
  for (const [field, made = []] of [
    ['subject', choice.subjects],
    ['preheader', choice.preheaders],
  ] as const) {
    const stale = made.map(({ text }) => text).filter((text) => !isSuggestion(candidates, field, text));
    await sql`
      update issue_steps set texts = texts - ${field}::text
      where issue_id = ${id} and texts ->> ${field}::text = any(${stale}::text[])`.execute(tx);
  }
}

function isLine(field: string): boolean {
  return field === 'subject' || field === 'preheader';
}

function stillTrue(issue: Issue, generated: IssueContent, candidates: Suggestions): Edits {
  const edits = Object.entries(allEdits(issue)) as [EditableField, Edited][];
  return Object.fromEntries(
    edits.filter(
      ([field, { text }]) =>
        isFaithful(generated, field, text) &&
        isAboutTheSamePair(issue.content, generated, field) &&
        !(isSuggestion(issue.choice, field, text) && !isSuggestion(candidates, field, text)),
    ),
  );
}

function isAboutTheSamePair(before: IssueContent, now: IssueContent, field: EditableField): boolean {
  const toolsOf = ({ lead, more }: IssueContent) =>
    [lead, ...more]
      .find(({ slug }) => field === `verdict:${slug}`)
      ?.tools.map(({ slug }) => slug)
      .toSorted()
      .join(' ');
  return toolsOf(before) === toolsOf(now);
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
