import { userName } from '../../audit/user-name.ts';
import type { Context } from '../../context.ts';
import { recordAudit } from '../../audit/audit-log.ts';
import { auditedIssueChange } from '../../issues/record/audit-issue.ts';
import type { Week } from '../../week.ts';

/** Makes a change to an issue on behalf of whoever runs the command, and records it in the audit log. */
export function auditedChange<Result>(
  context: Context,
  action: string,
  week: Week,
  request: Record<string, string | undefined>,
  act: () => Promise<Result>,
): Promise<Result> {
  return auditedIssueChange(context, { name: userName(), via: 'command line' }, action, week, request, act);
}

/** Records an action on something other than an issue; `request` must not contain an address. */
export function recordCommand(
  context: Context,
  action: string,
  request: Record<string, string | undefined> = {},
): Promise<void> {
  return recordAudit(context, { name: userName(), via: 'command line' }, { action, request });
}
