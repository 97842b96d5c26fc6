import type { Context } from '../../context.ts';
import { listFindings } from '../../issues/decide/list-findings.ts';
import { describeFinding } from '../../issues/finding/finding.ts';
import type { Issue } from '../../issues/record/issue.ts';

/** Not approved yet, whether draft or held. */
export function isUnapproved({ status, approved_at }: Issue): boolean {
  return status === 'draft' || (status === 'held' && approved_at === null);
}

/** The findings that prevent approval without a reason; empty for an approved issue. */
export async function listOpenFindings(context: Context, issue: Issue): Promise<string[]> {
  return isUnapproved(issue) ? (await listFindings(context, context.db, issue)).map(describeFinding) : [];
}
