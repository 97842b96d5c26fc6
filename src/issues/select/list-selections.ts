import type { IssueContent } from '../../../emails/_parts/content/content.ts';
import type { Issue } from '../record/issue.ts';
import { listCategories } from './match-categories.ts';
import { type ReaderChoice, selectContent } from './select-content.ts';

/** What some readers may get of an issue, and a choice that makes it so. */
export interface Selection {
  choice: ReaderChoice;
  content: IssueContent;
}

/**
 * Every selection that readers' categories can make of an issue, whether anybody has chosen them yet, each with one of the
 * shortest choices that make it; their recap is whole.
 */
export function listSelections(issue: Pick<Issue, 'content' | 'edits'>): Selection[] {
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
  // A choice that makes a known selection makes known ones with any further category too.
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
