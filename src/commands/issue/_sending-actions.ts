import { randomUUID } from 'node:crypto';
import { AppError } from '../../errors.ts';
import { approveIssue } from '../../issues/decide/approve.ts';
import { getIssue } from '../../issues/record/issue.ts';
import { loadPreview } from '../../sending/personalize/load-copy.ts';
import { requireUnmoved } from '../../database/identity.ts';
import { cancelIssue, describeTime, pauseIssue, resumeIssue } from '../../sending/control/pause.ts';
import { prepareIssue } from '../../sending/prepare/prepare-issue.ts';
import { RetryLater } from '../../sending/limits/rate-limit.ts';
import { submitMail } from '../../sending/letters/submit-mail.ts';
import { countDeliveries } from '../../sending/settle/count-deliveries.ts';
import { findByAddress } from '../../subscribers/address/find-by-address.ts';
import { normalizeAddress } from '../../subscribers/address/normalize-address.ts';
import { type Options, type Outcome, table, textOf } from '../shared/command.ts';
import { issueOutcome } from './_issue-actions.ts';
import type { Session } from '../shared/session.ts';
import { waitForIssue } from './_wait-for-issue.ts';

export async function pause({ context }: Session, options: Options, [name = '']: string[]): Promise<Outcome> {
  const { week } = await getIssue(context.db, name);
  await pauseIssue(context, week, textOf(options.reason) ?? 'paused on the command line');
  return issueOutcome(context, week);
}

export async function resume({ context }: Session, _: Options, [name = '']: string[]): Promise<Outcome> {
  const { week } = await getIssue(context.db, name);
  await resumeIssue(context, week);
  return issueOutcome(context, week);
}

export async function cancel({ context }: Session, _: Options, [name = '']: string[]): Promise<Outcome> {
  const { week } = await getIssue(context.db, name);
  await cancelIssue(context, week);
  return issueOutcome(context, week);
}

export async function send(session: Session, options: Options, [name = '']: string[]): Promise<Outcome> {
  const { context } = session;
  const { week, status } = await getIssue(context.db, name);
  if (status === 'draft' && context.config.approval === 'automatic') {
    await approveIssue(context, week, 'command line');
  }
  const readers = await prepareIssue(context, week);
  if (options.wait) {
    return waitForIssue(context, week);
  }
  const text = `${week} will be sent to ${readers} readers as soon as a worker runs (\`verdicts start\`, or this command with --wait).`;
  return {
    json: { week, readers },
    text: readers > 0 ? text : `${week} was already prepared; see \`verdicts issue status ${week}\`.`,
  };
}

export async function showStatus({ context }: Session, _: Options, [name = '']: string[]): Promise<Outcome> {
  const { id, week, status, status_reason, resume_at } = await getIssue(context.db, name);
  const deliveries = await countDeliveries(context.db, id);
  const next = resume_at ? `It resumes automatically at ${describeTime(resume_at)}.` : '';
  const unknown = deliveries.unknown
    ? `${deliveries.unknown} mails have an unknown outcome: \`verdicts issue recipients ${week} --status unknown\`.`
    : '';
  const headline = `${week} is ${status}${status_reason ? `: ${status_reason}` : ''}`;
  return {
    json: { week, status, status_reason, resume_at, deliveries },
    text: [headline, next, table(Object.entries(deliveries)), unknown].filter(Boolean).join('\n'),
  };
}

export async function sendTest(
  { context }: Session,
  options: Options,
  [name = '']: string[],
): Promise<Outcome> {
  await requireUnmoved(context.db);
  const issue = await getIssue(context.db, name);
  const to = normalizeAddress(String(options.to));
  if (!to) {
    throw new AppError('invalid_input', `--to: "${String(options.to)}" is not an e-mail address.`);
  }
  const reader = await findByAddress(context.db, to);
  const { reply_to, subject, ...copy } = await loadPreview(context, issue, reader?.id ?? 0);
  const mail = { ...copy, to, subject: `[Test] ${subject}`, ...(reply_to ? { replyTo: reply_to } : {}) };
  const outcome = await submitMail(context, mail, `test-${randomUUID()}`, context.now()).catch(toAppError);
  if (!outcome.submitted) {
    throw new AppError('refused', `The test copy was not submitted: ${outcome.reason}`);
  }
  return { json: { week: issue.week, sent: 1 }, text: `A test copy of ${issue.week} was submitted.` };
}

/** A worker would retry later; on the command line the cause is reported instead. */
function toAppError(error: unknown): never {
  throw error instanceof RetryLater
    ? new AppError('unavailable', `The test copy was not submitted: ${error.message}.`)
    : error;
}
