import type { IssueContent } from '../../../emails/_parts/content/content.ts';
import type { Issue } from '../record/issue.ts';
import { listCategories } from './match-categories.ts';
import { type ReaderChoice, selectContent } from './select-content.ts';

/** What some readers may get of an issue, and a choice that leads to it. */
export interface Selection {
  choice: ReaderChoice;
  content: IssueContent;
}

type SelectableIssue = Pick<Issue, 'content' | 'edits'> & Partial<Pick<Issue, 'choice'>>;

/**
 * Every selection that readers' categories can make of an issue, whether or not anybody has chosen them yet, each with
 * one of the shortest choices that lead to it. Recaps are not cut down to what a reader got.
 */
export function listSelections(issue: SelectableIssue): Selection[] {
  const { lead, more } = issue.content;
  const categories = listCategories({ lead, more });
  let found: readonly Selection[] = [];
  let chosen = categories.map((category) => [category]);
  while (chosen.length > 0) {
    const known = new Set(found.map(signatureOf));
    const candidates = chosen.flatMap((some) =>
      [false, true].flatMap((always_lead) => select(issue, { categories: some, always_lead })),
    );
    const fresh = [...Map.groupBy(candidates, signatureOf)].flatMap(([signature, [first]]) =>
      first && !known.has(signature) ? [first] : [],
    );
    found = [...found, ...fresh];
    // If a choice makes a known selection, then it makes only known ones with any further category, too.
    chosen = [...new Set(fresh.map(({ choice }) => choice.categories))].flatMap((some) =>
      categories.filter((other) => !some.includes(other)).map((other) => [...some, other]),
    );
  }
  return [...found];
}

/** One selection, unless the choice leads to nothing or to the whole issue. */
function select(issue: SelectableIssue, choice: ReaderChoice): Selection[] {
  const content = selectContent(issue, undefined, choice);
  return content && content !== issue.content ? [{ choice, content }] : [];
}

/** The same for two selections of the same comparisons. */
function signatureOf({ content }: Selection): string {
  return [content.lead, ...content.more].map(({ slug }) => slug).join(' ');
}
