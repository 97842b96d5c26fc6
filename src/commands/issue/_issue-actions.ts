import { AppError } from '../../errors.ts';
import { approveIssue } from '../../issues/decide/approve.ts';
import { draftIssue } from '../../issues/decide/draft.ts';
import { editIssue } from '../../issues/edit/edit.ts';
import { holdIssue, releaseIssue } from '../../issues/decide/hold.ts';
import { listFindings } from '../../issues/decide/list-findings.ts';
import { moveSendTime } from '../../issues/decide/move-send-time.ts';
import { skipWeek, unskipWeek } from '../../issues/decide/skip.ts';
import { takeNewFacts } from '../../issues/decide/take-new-facts.ts';
import { getIssue, listIssues } from '../../issues/record/issue.ts';
import { fetchLinks } from '../../issues/check/fetch-links.ts';
import { describeFinding } from '../../issues/finding/finding.ts';
import { loadPreview } from '../../sending/personalize/load-copy.ts';
import { parseWeek, weekOf } from '../../week.ts';
import { userName } from '../../audit/user-name.ts';
import { auditedChange } from '../shared/audited-change.ts';
import { type Options, type CommandResult, textOf } from '../shared/command.ts';
import { table } from '../shared/table.ts';
import { describeChoice, describeIssue, summarize } from './_describe-issue.ts';
import { nameOfStatus } from '../../issues/record/status.ts';
import type { Session } from '../shared/session.ts';

export async function draft({ context }: Session, options: Options): Promise<CommandResult> {
  const name = textOf(options.week);
  const week = name === undefined ? weekOf(context.now(), context.config.timezone) : parseWeek(name);
  const result = await auditedChange(context, 'draft', week, {}, () => draftIssue(context, week));
  if (result.kind === 'nothing to send') {
    const text = `No issue for ${week}: no usable comparisons.\n${describeChoice(result.choice)}`;
    return { json: { week, ...result }, text, exitCode: 1 };
  }
  if (result.kind === 'went out') {
    throw new AppError(
      'refused',
      `The issue of ${week} went out before this database was restored; a second one would mail everybody twice.`,
    );
  }
  const text =
    result.kind === 'existed'
      ? `${week} already has an issue (${result.issue.status}).`
      : describeIssue(result.issue, context.config.timezone);
  return { json: { kind: result.kind, ...summarize(result.issue) }, text };
}

export async function list({ context }: Session): Promise<CommandResult> {
  const issues = await listIssues(context.db);
  const rows = issues.map(({ week, number, status, content }) => [
    week,
    `No. ${number}`,
    status,
    content.subject,
  ]);
  return { json: issues.map(summarize), text: rows.length > 0 ? table(rows) : 'No issues yet.' };
}

export async function show({ context }: Session, _: Options, [name = '']: string[]): Promise<CommandResult> {
  const issue = await getIssue(context.db, name);
  const { content, choice, made_from } = issue;
  return {
    json: { ...summarize(issue), content, choice, made_from },
    text: describeIssue(issue, context.config.timezone),
  };
}

export async function approve(
  { context }: Session,
  { despite }: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const { week } = await getIssue(context.db, name);
  const why = textOf(despite)?.trim();
  await auditedChange(context, 'approve', week, { despite: why }, () =>
    approveIssue(context, week, userName(), { despite: why }),
  );
  return issueOutcome(context, week);
}

export async function hold(
  { context }: Session,
  options: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const { week } = await getIssue(context.db, name);
  const reason = textOf(options.reason);
  await auditedChange(context, 'hold', week, { reason }, () =>
    holdIssue(context, week, reason ?? 'held on the command line'),
  );
  return issueOutcome(context, week);
}

export async function release(
  { context }: Session,
  { despite }: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const { week } = await getIssue(context.db, name);
  const why = textOf(despite)?.trim();
  await auditedChange(context, 'release', week, { despite: why }, () =>
    releaseIssue(context, week, { despite: why }),
  );
  return issueOutcome(context, week);
}

export async function takeFacts(
  { context }: Session,
  _: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const { week } = await getIssue(context.db, name);
  await auditedChange(context, 'take new facts', week, {}, () => takeNewFacts(context, week));
  return describedOutcome(context, week);
}

export async function move(
  { context }: Session,
  options: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const { week } = await getIssue(context.db, name);
  const to = String(options.to);
  await auditedChange(context, 'move', week, { to }, () => moveSendTime(context, week, to));
  return describedOutcome(context, week);
}

export async function skip({ context }: Session, _: Options, [name = '']: string[]): Promise<CommandResult> {
  const { week } = await getIssue(context.db, name);
  await auditedChange(context, 'skip', week, {}, () => skipWeek(context, week));
  const text = `${week} is skipped. \`verdicts issue unskip ${week}\` takes that back until the week ends.`;
  return { json: summarize(await getIssue(context.db, week)), text };
}

export async function unskip(
  { context }: Session,
  _: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const { week } = await getIssue(context.db, name);
  await auditedChange(context, 'unskip', week, {}, () => unskipWeek(context, week));
  return issueOutcome(context, week);
}

/** The issue's status after a decision. */
export async function issueOutcome({ db }: Session['context'], week: string): Promise<CommandResult> {
  const issue = await getIssue(db, week);
  return {
    json: summarize(issue),
    text: `${week} is ${nameOfStatus(issue)}${issue.status_reason ? `: ${issue.status_reason}` : ''}.`,
  };
}

export async function edit(
  { context }: Session,
  options: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const { week } = await getIssue(context.db, name);
  const lines = { subject: textOf(options.subject), preheader: textOf(options.preheader) };
  await auditedChange(context, 'edit', week, lines, () => editIssue(context, week, lines));
  return describedOutcome(context, week);
}

async function describedOutcome(context: Session['context'], week: string): Promise<CommandResult> {
  const issue = await getIssue(context.db, week);
  return { json: summarize(issue), text: describeIssue(issue, context.config.timezone) };
}

export async function check(
  { context }: Session,
  options: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const issue = await getIssue(context.db, name);
  const findings = [
    ...(await listFindings(context, context.db, issue)),
    ...(options.links ? await fetchLinks((await loadPreview(context, issue, 0)).html) : []),
  ];
  return {
    json: { week: issue.week, findings },
    text: findings.length > 0 ? findings.map(describeFinding).join('\n') : `${issue.week} can go out.`,
    exitCode: findings.length > 0 ? 1 : 0,
  };
}
