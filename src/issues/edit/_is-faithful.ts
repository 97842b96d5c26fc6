import type { IssueContent } from '../../../emails/_parts/content/content.ts';
import { type EditableField, findQuote } from '../record/edits.ts';
import { isExcerpt } from './_is-excerpt.ts';

/** Whether a text may stand in a field: a quote may be cut, but never reworded. */
export function isFaithful(content: IssueContent, field: EditableField, text: string): boolean {
  const quote = findQuote(content, field);
  const said = content.lead.tools
    .find(({ name }) => name === quote?.tool)
    ?.reviews.find(({ reviewer }) => reviewer === quote?.reviewer);
  return !quote || text === '' || isExcerpt(text, said?.quote ?? '');
}
