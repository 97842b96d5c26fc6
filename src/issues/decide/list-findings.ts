import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { checkIssue } from '../check/check-issue.ts';
import type { Finding } from '../check/finding.ts';
import { describeChange, listChangedFacts } from '../facts/changed-facts.ts';
import type { Issue } from '../record/issue.ts';
import { type Rendering, renderIssue } from '../render/render.tsx';

/** Everything that blocks the approval of an issue: its checks, and facts that have changed since it was drafted. */
export async function listFindings(
  { config }: Pick<Context, 'config'>,
  db: Db | Tx,
  issue: Issue,
  rendering?: Rendering,
): Promise<Finding[]> {
  return [
    ...(await listChangedFacts(db, issue)).map(describeChange),
    ...(await checkIssue(issue.content, rendering ?? (await renderIssue(issue.content, config)))),
  ];
}
