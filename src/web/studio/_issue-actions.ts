import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { approveIssue } from '../../issues/decide/approve.ts';
import { holdIssue, releaseIssue } from '../../issues/decide/hold.ts';
import { moveSendTime } from '../../issues/decide/move-send-time.ts';
import { skipWeek, unskipWeek } from '../../issues/decide/skip.ts';
import { takeNewFacts } from '../../issues/decide/take-new-facts.ts';
import { auditedIssueChange } from '../../issues/record/audit-issue.ts';
import { countAsSent, type DecisionRequest, sendAgain } from '../../sending/control/decide-deliveries.ts';
import { DELIVERY_STATUSES } from '../../sending/rules/delivery-status.ts';
import { cancelIssue } from '../../sending/control/cancel-issue.ts';
import { pauseIssue } from '../../sending/control/pause-issue.ts';
import { resumeIssue } from '../../sending/control/resume-issue.ts';
import { withdrawApproval } from '../../sending/control/withdraw-approval.ts';
import { sendNow } from '../../sending/control/send-now.ts';
import { findByAddress } from '../../subscribers/address/find-by-address.ts';
import { decideVotes, type VoteDecision } from '../../votes/moderate/decide-votes.ts';
import { parseWeek } from '../../week.ts';
import type { PageContext } from '../layout/page.tsx';
import { readField, readForm } from '../request/read-form.ts';
import { actorOf } from '../studio-shared/actor.tsx';
import { findMissingConfirmation } from './_confirm-page.tsx';

interface Fields {
  reason: string;
  status: string;
  email: string;
  tool: string;
  mail_host: string;
  crowd: string;
  why: string;
  to: string;
  /** The hash of the content that was shown. */
  expected: string;
  /** Since when it was shown as held; empty if it was not, and undefined in a form that does not say. */
  hold: string | undefined;
  /** The hash of the findings that were shown, in a form with a reason that overrides them. */
  findings: string;
  /** How many mails or votes were shown. */
  count: string;
}

type Action = (context: Context, week: string, fields: Fields, by: string) => Promise<unknown>;

/** The action of each button in the studio. */
export const ISSUE_ACTIONS: Record<string, Action> = {
  approve: (context, week, { why, expected, hold, findings }, by) =>
    approveIssue(context, week, by, {
      despite: why,
      expectedHash: expected || undefined,
      expectedHold: hold,
      expectedFindings: findings || undefined,
    }),
  withdraw: (context, week) => withdrawApproval(context, week),
  'take-facts': (context, week) => takeNewFacts(context, week),
  hold: (context, week, { reason }, by) => holdIssue(context, week, reason || `by ${by}`),
  release: (context, week, { why, expected, hold, findings }) =>
    releaseIssue(context, week, {
      despite: why,
      expectedHash: expected || undefined,
      expectedHold: hold,
      expectedFindings: findings || undefined,
    }),
  move: (context, week, { to }) => moveSendTime(context, week, to),
  skip: (context, week) => skipWeek(context, week),
  unskip: (context, week) => unskipWeek(context, week),
  'send-now': (context, week, _, by) => sendNow(context, week, by),
  pause: (context, week, { reason }, by) => pauseIssue(context, week, reason || `by ${by}`),
  resume: (context, week) => resumeIssue(context, week),
  cancel: (context, week) => cancelIssue(context, week),
  'count-as-sent': (context, week, fields, by) => countAsSent(context, week, requestOf(fields, by)),
  'release-votes': (context, week, fields, by) =>
    decideVotes(context, week, decisionOf('release', fields, by)),
  'void-votes': (context, week, fields, by) => decideVotes(context, week, decisionOf('void', fields, by)),
  'send-again': (context, week, fields, by) => sendAgain(context, week, requestOf(fields, by)),
};

/** Actions that cannot be taken back: a page says what they do, and a number has to be typed there. */
export const NEEDS_CONFIRMATION = ['cancel', 'send-now'];

export async function runIssueAction(c: PageContext, name: string, action: Action) {
  const context = c.get('context');
  const week = parseWeek(c.req.param('week') ?? '');
  const missing = NEEDS_CONFIRMATION.includes(name) ? await findMissingConfirmation(c, name) : undefined;
  if (missing) {
    return missing;
  }
  const actor = actorOf(c);
  const fields = await readFields(c);
  const { email, expected: _, hold: __, findings: ___, count: ____, ...request } = fields;
  const reader = email ? (await findByAddress(context.db, email))?.id : undefined;
  const named = { ...withoutEmpty(request), ...(reader === undefined ? {} : { reader: String(reader) }) };
  await auditedIssueChange(context, actor, name.replaceAll('-', ' '), week, named, () =>
    action(context, week, fields, actor.name),
  );
  return c.redirect(`/studio/issues/${week}`, 303);
}

async function readFields(c: PageContext): Promise<Fields> {
  return {
    reason: await readField(c, 'reason', 200),
    status: await readField(c, 'status'),
    email: await readField(c, 'email'),
    tool: await readField(c, 'tool'),
    mail_host: await readField(c, 'mail_host'),
    crowd: await readField(c, 'crowd', 100),
    why: await readField(c, 'why', 500),
    to: await readField(c, 'to', 40),
    expected: await readField(c, 'expected'),
    hold: 'hold' in (await readForm(c)) ? await readField(c, 'hold') : undefined,
    findings: await readField(c, 'findings'),
    count: await readField(c, 'count'),
  };
}

function withoutEmpty(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}

function decisionOf(
  decision: VoteDecision['decision'],
  { reason, tool, mail_host, crowd, why, count }: Fields,
  by: string,
): VoteDecision {
  return {
    decision,
    reason: reason || undefined,
    tool_slug: tool || undefined,
    mail_host: mail_host || undefined,
    crowd: crowd || undefined,
    why,
    by,
    seen: readCount(count),
  };
}

/** How many the form showed; undefined if it does not say. */
function readCount(count: string): number | undefined {
  return /^\d+$/.test(count) ? Number(count) : undefined;
}

function requestOf({ status, email, count }: Fields, by: string): DecisionRequest {
  const knownStatus = DELIVERY_STATUSES.find((candidate) => candidate === status);
  if (!knownStatus) {
    throw new AppError(
      'invalid_input',
      'The form has no valid delivery status. Please reload the page and try again.',
    );
  }
  return { status: knownStatus, email: email || undefined, by, seen: readCount(count) };
}
