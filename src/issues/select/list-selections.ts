import type { IssueContent } from '../../../emails/_parts/content/content.ts';
import type { Issue } from '../record/issue.ts';
import { type ReaderChoice, selectContent } from './select-content.ts';

/** What some readers may get of an issue, and a choice that makes it so. */
export interface Selection {
  choice: ReaderChoice;
  content: IssueContent;
}

/**
 * The selections that one or two categories make of an issue, whether anybody has chosen them yet; their recap is whole. A
 * comparison that leads for some readers does so for those who chose a single one of its categories.
 */
export function listSelections(issue: Pick<Issue, 'content' | 'edits'>): Selection[] {
  const { lead, more } = issue.content;
  const categories = new Set([lead, ...more].flatMap(({ tools }) => tools.map(({ category }) => category)));
  const found = new Map<string, Selection>();
  for (const choice of listChoices([...categories])) {
    const content = selectContent(issue, undefined, choice);
    if (content && content !== issue.content) {
      const signature = [content.lead, ...content.more].map(({ slug }) => slug).join(' ');
      found.set(signature, found.get(signature) ?? { choice, content });
    }
  }
  return [...found.values()];
}

/** Those of a single category first. */
function listChoices(categories: readonly string[]): ReaderChoice[] {
  const singles = categories.map((category) => [category]);
  const pairs = categories.flatMap((one, index) => categories.slice(index + 1).map((other) => [one, other]));
  return [...singles, ...pairs].flatMap((chosen) =>
    [false, true].map((always_lead) => ({ categories: chosen, always_lead })),
  );
}
