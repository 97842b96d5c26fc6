import { userInfo } from 'node:os';
import type { Context } from '../../context.ts';
import { auditedIssueChange } from '../../issues/record/audit-issue.ts';
import type { Week } from '../../week.ts';

/** The user who runs the command. */
export function userName(): string {
  return userInfo().username;
}

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
