import type { IssueContent } from '../../../emails/_parts/content/content.ts';
import type { Issue } from '../record/issue.ts';
import { listCategories } from './match-categories.ts';
import { type ReaderChoice, selectContent } from './select-content.ts';

/** What some readers may get of an issue, and a choice that leads to it. */
export interface Selection {
  choice: ReaderChoice;
  content: IssueContent;
}

/**
 * Every selection that readers' categories can make of an issue, whether or not anybody has chosen them yet, each with
 * one of the shortest choices that lead to it. Recaps are not cut down to what a reader got.
 */
export function listSelections(
  issue: Pick<Issue, 'content' | 'edits'> & Partial<Pick<Issue, 'choice'>>,
): Selection[] {
  const { lead, more } = issue.content;
  const categories = listCategories({ lead, more });
  const found = new Map<string, Selection>();
  const addIfNew = (choice: ReaderChoice) => {
    const content = selectContent(issue, undefined, choice);
    const signature = content && [content.lead, ...content.more].map(({ slug }) => slug).join(' ');
    if (!content || !signature || content === issue.content || found.has(signature)) {
      return false;
    }
    found.set(signature, { choice, content });
    return true;
  };
  // If a choice makes a known selection, then it makes only known ones with any further category, too.
  let chosen = categories.map((category) => [category]);
  while (chosen.length > 0) {
    chosen = chosen
      .filter((some) =>
        [false, true].map((always_lead) => addIfNew({ categories: some, always_lead })).includes(true),
      )
      .flatMap((some) =>
        categories.filter((other) => !some.includes(other)).map((other) => [...some, other]),
      );
  }
  return [...found.values()];
}
