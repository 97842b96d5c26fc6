import type { IssueContent } from '../../../emails/_parts/content/content.ts';
import { categoryLabel } from '../../../emails/_parts/text/columns.ts';
import type { Db, Tx } from '../../database/connect.ts';
import type { ReaderChoice } from './select-content.ts';

/** The categories of an issue, as labels. */
export function listCategories({ lead, more }: Pick<IssueContent, 'lead' | 'more'>): string[] {
  const tools = [lead, ...more].flatMap((comparison) => comparison.tools);
  return [...new Set(tools.map(({ category }) => categoryLabel(category)))];
}

/**
 * Which values of `subscribers.categories` mean anything, and which of them are in this issue: readers who chose on
 * their page have labels, imported ones whole names.
 */
export async function matchCategories(
  db: Db | Tx,
  content: IssueContent,
): Promise<{ known: string[]; matching: string[] }> {
  const offered = new Set(listCategories(content));
  const names = await listNames(db);
  const ofIssue = names.filter((name) => offered.has(categoryLabel(name)));
  return { known: [...withLabels(names), ...offered], matching: [...offered, ...ofIssue] };
}

/**
 * Keeps choices with a category that some tool has, or had in this issue. Other categories mean nothing: a reader who has only such ones gets
 * everything.
 */
export async function keepKnown<Choice extends ReaderChoice>(
  db: Db | Tx,
  choices: readonly Choice[],
  issue?: Pick<IssueContent, 'lead' | 'more'>,
): Promise<Choice[]> {
  // A category may have been renamed since the issue was made.
  const known = new Set([...withLabels(await listNames(db)), ...(issue ? listCategories(issue) : [])]);
  return choices.filter(({ categories }) => categories.some((category) => known.has(category)));
}

function withLabels(names: readonly string[]): string[] {
  return names.flatMap((name) => [name, categoryLabel(name)]);
}

async function listNames(db: Db | Tx): Promise<string[]> {
  const rows = await db.selectFrom('tools').select('category').distinct().execute();
  return rows.map(({ category }) => category);
}
