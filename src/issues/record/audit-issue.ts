import { type Actor, audited } from '../../audit/audit-log.ts';
import type { Context } from '../../context.ts';
import type { Week } from '../../week.ts';
import { findIssue } from './issue.ts';

/** Actions of one transaction each. Others, such as an approval, may hold the issue before they refuse. */
const ATOMIC = new Set(['edit', 'undo', 'redo', 'arrange', 'move', 'skip']);

/** Makes a change to an issue and records it in the audit log with the issue's state before and after. */
export function auditedIssueChange<Result>(
  context: Context,
  actor: Actor,
  action: string,
  week: Week,
  request: Record<string, string | undefined>,
  act: () => Promise<Result>,
): Promise<Result> {
  return audited(
    context,
    actor,
    { action, week, request, is_atomic: ATOMIC.has(action) },
    () => readState(context, week),
    act,
  );
}

async function readState({ db }: Context, week: Week) {
  const issue = await findIssue(db, week);
  return (
    issue && {
      status: issue.status,
      status_reason: issue.status_reason,
      send_at: issue.send_at?.toISOString() ?? null,
      approved_by: issue.approved_by,
      subject: issue.content.subject,
      preheader: issue.content.preheader,
      introduction: issue.content.introduction ?? null,
      verdicts: [issue.content.lead, ...issue.content.more].map(({ verdict }) => verdict).join(' | '),
      quotes: (issue.content.lead.quotes ?? []).map(({ text }) => text).join(' | '),
      comparisons: [issue.content.lead, ...issue.content.more].map(({ slug }) => slug).join(', '),
      content_hash: issue.content_hash,
    }
  );
}
