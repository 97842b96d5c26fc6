import { AppError } from '../../errors.ts';
import { getIssue, type Issue } from '../../issues/record/issue.ts';
import { sendNow } from '../../sending/control/send-now.ts';
import { cancelIssue, pauseIssue, resumeIssue } from '../../sending/control/pause.ts';
import { withdrawApproval } from '../../sending/control/withdraw-approval.ts';
import { countRecipients } from '../../sending/prepare/recipients.ts';
import { sendTestCopies } from '../../sending/letters/send-test.ts';
import { listVariants, NOTHING, type Variant } from '../../issues/select/variants.ts';
import { type LanePart, loadLaneParts } from '../../sending/control/lane-parts.ts';
import { describeGroup, loadGroups, type SendingGroup } from '../../sending/settle/load-groups.ts';
import { countDeliveries } from '../../sending/settle/count-deliveries.ts';
import { findByAddress } from '../../subscribers/address/find-by-address.ts';
import { normalizeAddress } from '../../address/read-address.ts';
import { describeTime, weekOf } from '../../week.ts';
import { lastWeekOf, reasonOfStatus } from '../../issues/decide/skip.ts';
import { userName } from '../../audit/user-name.ts';
import { auditedChange, recordCommand } from '../shared/audited-change.ts';
import { type Options, type Outcome, textOf } from '../shared/command.ts';
import { progressBar, table } from '../shared/table.ts';
import { confirm } from '../shared/confirm.ts';
import { issueOutcome } from './_issue-actions.ts';
import type { Session } from '../shared/session.ts';
import { waitForIssue } from './_wait-for-issue.ts';

export async function pause({ context }: Session, options: Options, [name = '']: string[]): Promise<Outcome> {
  const { week } = await getIssue(context.db, name);
  const reason = textOf(options.reason);
  await auditedChange(context, 'pause', week, { reason }, () =>
    pauseIssue(context, week, reason ?? 'paused on the command line'),
  );
  return issueOutcome(context, week);
}

export async function resume({ context }: Session, _: Options, [name = '']: string[]): Promise<Outcome> {
  const { id, week } = await getIssue(context.db, name);
  await auditedChange(context, 'resume', week, {}, () => resumeIssue(context, week));
  const outcome = await issueOutcome(context, week);
  const stopped = (await loadLaneParts(context, id)).filter(({ state }) => state !== undefined);
  const hints = stopped.map(
    ({ lane, state }) => `Lane ${lane} is ${state}; \`verdicts lanes resume ${lane}\` opens it.`,
  );
  return { ...outcome, text: [outcome.text, ...hints].join('\n') };
}

export async function cancel(
  { context, terminal }: Session,
  options: Options,
  [name = '']: string[],
): Promise<Outcome> {
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

export async function withdraw({ context }: Session, _: Options, [name = '']: string[]): Promise<Outcome> {
  const { week } = await getIssue(context.db, name);
  await auditedChange(context, 'withdraw approval', week, {}, () => withdrawApproval(context, week));
  return issueOutcome(context, week);
}

export async function send(session: Session, options: Options, [name = '']: string[]): Promise<Outcome> {
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
    return `${week} will be sent to ${readers} readers as soon as a worker runs (\`verdicts start\`, or this command with --wait).`;
  }
  return readers === undefined
    ? `${week} was already prepared; see \`verdicts issue status ${week}\`.`
    : `${week} went to nobody: no reader gets it. It is finished, with 0 mails.`;
}

export async function showStatus({ context }: Session, _: Options, [name = '']: string[]): Promise<Outcome> {
  const issue = await getIssue(context.db, name);
  const { id, week, status, resume_at } = issue;
  const status_reason = reasonOfStatus(issue);
  const deliveries = await countDeliveries(context.db, id);
  const groups = await loadGroups(context.db, id);
  const lanes = await loadLaneParts(context, id);
  const variants = await listVariants(context.db, id);
  const next = resume_at ? `It resumes automatically at ${describeTime(resume_at)}.` : '';
  const unknown = deliveries.unknown
    ? `${deliveries.unknown} mails have an unknown outcome: \`verdicts issue recipients ${week} --status unknown\`.`
    : '';
  const headline = `${week} is ${status}${status_reason ? `: ${status_reason}` : ''}`;
  return {
    json: { week, status, status_reason, resume_at, deliveries, groups, lanes, variants },
    text: [
      headline,
      next,
      table(Object.entries(deliveries)),
      drawGroups(groups),
      drawLanes(lanes),
      describeVariants(variants),
      unknown,
    ]
      .filter(Boolean)
      .join('\n'),
  };
}

/** One bar for each morning. */
function drawGroups(groups: readonly SendingGroup[]): string {
  return groups.length === 0
    ? ''
    : table(
        groups.map((group) => [
          describeGroup(group),
          group.send_at ? describeTime(group.send_at) : '',
          progressBar(group.done, group.mails),
          `${group.done} of ${group.mails}`,
        ]),
      );
}

/** One bar for each lane; nothing if there is only one and it is open. */
function drawLanes(lanes: readonly LanePart[]): string {
  return table(
    lanes.map(({ lane, domain, mails, done, state }) => [
      `lane ${lane}`,
      domain ?? '',
      progressBar(done, mails),
      `${done} of ${mails}`,
      state ?? '',
    ]),
  );
}

function describeVariants(variants: readonly Variant[]): string {
  const sent = variants.filter(({ readers }) => readers);
  return sent.length === 0
    ? ''
    : [
        'By categories:',
        ...sent.map(({ variant, comparisons, readers }) =>
          variant === NOTHING
            ? `  ${readers} get nothing this week`
            : `  ${readers} get ${comparisons.join(', ')}`,
        ),
      ].join('\n');
}

export async function sendTest(
  { context }: Session,
  options: Options,
  [name = '']: string[],
): Promise<Outcome> {
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
      `This sends ${issue.week} to ${readers} readers, although ${surprises.join(' and ')}.`,
    );
  }
}
