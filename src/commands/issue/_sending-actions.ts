import { countOf } from '../../count-of.ts';
import { AppError } from '../../errors.ts';
import { getIssue, type Issue } from '../../issues/record/issue.ts';
import { sendNow } from '../../sending/control/send-now.ts';
import { cancelIssue } from '../../sending/control/cancel-issue.ts';
import { pauseIssue } from '../../sending/control/pause-issue.ts';
import { resumeIssue } from '../../sending/control/resume-issue.ts';
import { withdrawApproval } from '../../sending/control/withdraw-approval.ts';
import { countRecipients } from '../../sending/prepare/recipients.ts';
import { sendTestCopies } from '../../sending/letters/send-test.ts';
import { loadLaneReports } from '../../sending/lane-control/lane-reports.ts';
import { countDeliveries } from '../../sending/deliveries/count-deliveries.ts';
import { findByAddress } from '../../subscribers/address/find-by-address.ts';
import { normalizeAddress } from '../../address/read-address.ts';
import { weekOf } from '../../week.ts';
import { lastWeekOf } from '../../issues/decide/skip.ts';
import { userName } from '../../audit/user-name.ts';
import { auditedChange, recordCommand } from '../shared/audited-change.ts';
import { type Options, type CommandResult, textOf } from '../shared/command.ts';
import { confirm } from '../shared/confirm.ts';
import { issueOutcome } from './_issue-actions.ts';
import type { Session } from '../shared/session.ts';
import { waitForIssue } from './_wait-for-issue.ts';

export async function pause(
  { context }: Session,
  options: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const { week } = await getIssue(context.db, name);
  const reason = textOf(options.reason);
  await auditedChange(context, 'pause', week, { reason }, () =>
    pauseIssue(context, week, reason ?? 'paused on the command line'),
  );
  return issueOutcome(context, week);
}

export async function resume(
  { context }: Session,
  _: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const { id, week } = await getIssue(context.db, name);
  await auditedChange(context, 'resume', week, {}, () => resumeIssue(context, week));
  const outcome = await issueOutcome(context, week);
  const stopped = (await loadLaneReports(context, id)).filter(({ state }) => state !== undefined);
  const hints = stopped.map(
    ({ lane, state }) => `Lane ${lane} is ${state}; \`verdicts lanes resume ${lane}\` opens it.`,
  );
  return { ...outcome, text: [outcome.text, ...hints].join('\n') };
}

export async function cancel(
  { context, terminal }: Session,
  options: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const { id, week, status } = await getIssue(context.db, name);
  if (status === 'sending' || status === 'paused') {
    const { queued = 0 } = await countDeliveries(context.db, id);
    await confirm(
      terminal,
      options,
      `This cancels ${queued} mails of ${week} that have not been sent, for good. If none has been sent, the week is skipped instead.`,
    );
  }
  await auditedChange(context, 'cancel', week, {}, () => cancelIssue(context, week));
  return issueOutcome(context, week);
}

export async function withdraw(
  { context }: Session,
  _: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const { week } = await getIssue(context.db, name);
  await auditedChange(context, 'withdraw approval', week, {}, () => withdrawApproval(context, week));
  return issueOutcome(context, week);
}

export async function send(
  session: Session,
  options: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const { context } = session;
  const issue = await getIssue(context.db, name);
  const { week } = issue;
  await confirmSending(session, options, issue);
  const readers = await auditedChange(context, 'send', week, {}, () => sendNow(context, week, userName()));
  if (options.wait) {
    return waitForIssue(session, week);
  }
  return { json: { week, readers: readers ?? 0 }, text: describeSent(week, readers) };
}

function describeSent(week: string, readers: number | undefined): string {
  if (readers !== undefined && readers > 0) {
    return `${week} will be sent to ${countOf(readers, 'reader')} as soon as a worker runs (\`verdicts start\`, or this command with --wait).`;
  }
  return readers === undefined
    ? `${week} was already prepared; see \`verdicts issue status ${week}\`.`
    : `${week} has no recipients; it is finished, with 0 mails.`;
}

export async function sendTest(
  { context }: Session,
  options: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const issue = await getIssue(context.db, name);
  const to = normalizeAddress(String(options.to));
  if (!to) {
    throw new AppError('invalid_input', `--to: "${String(options.to)}" is not an e-mail address.`);
  }
  const reader = await findByAddress(context.db, to);
  await sendTestCopies(context, issue, [to], reader?.id ?? 0);
  await recordCommand(context, 'send a test copy', { week: issue.week });
  return { json: { week: issue.week, sent: 1 }, text: `A test copy of ${issue.week} was submitted.` };
}

/** Asks before sending an issue that nobody has approved, or another week's issue: neither is usually intended. */
async function confirmSending({ context, terminal }: Session, options: Options, issue: Issue): Promise<void> {
  const { config, db, now } = context;
  if (issue.prepared_at) {
    return;
  }
  const week = weekOf(now(), config.timezone);
  const isForThisWeek = issue.week <= week && week <= lastWeekOf(issue, config.timezone);
  const surprises = [
    ...(issue.approved_at ? [] : ['nobody has approved it']),
    ...(isForThisWeek ? [] : [`it is not this week’s`]),
  ];
  if (surprises.length > 0) {
    const { readers } = await countRecipients(db, now(), issue);
    await confirm(
      terminal,
      options,
      `This sends ${issue.week} to ${countOf(readers, 'reader')}, although ${surprises.join(' and ')}.`,
    );
  }
}
