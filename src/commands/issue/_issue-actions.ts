import { AppError } from '../../errors.ts';
import { approveIssue } from '../../issues/decide/approve.ts';
import { draftIssue } from '../../issues/decide/draft.ts';
import { editIssue } from '../../issues/decide/edit.ts';
import { holdIssue, releaseIssue } from '../../issues/decide/hold.ts';
import { getIssue, listIssues } from '../../issues/record/issue.ts';
import { fetchLinks } from '../../issues/check/fetch-links.ts';
import { checkIssue } from '../../issues/check/check-issue.ts';
import { describeFinding } from '../../issues/check/finding.ts';
import { loadPreview } from '../../sending/personalize/load-copy.ts';
import { renderIssue } from '../../issues/render/render.tsx';
import { parseWeek, weekOf } from '../../week.ts';
import { type Options, type Outcome, table, textOf } from '../shared/command.ts';
import { describeChoice, describeIssue, summarize } from './_describe-issue.ts';
import type { Session } from '../shared/session.ts';

const BY = 'command line';

export async function draft({ context }: Session, options: Options): Promise<Outcome> {
  const name = textOf(options.week);
  const week = name === undefined ? weekOf(context.now(), context.config.timezone) : parseWeek(name);
  const result = await draftIssue(context, week);
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

export async function list({ context }: Session): Promise<Outcome> {
  const issues = await listIssues(context.db);
  const rows = issues.map(({ week, number, status, content }) => [
    week,
    `No. ${number}`,
    status,
    content.subject,
  ]);
  return { json: issues.map(summarize), text: rows.length > 0 ? table(rows) : 'No issues yet.' };
}

export async function show({ context }: Session, _: Options, [name = '']: string[]): Promise<Outcome> {
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
): Promise<Outcome> {
  const { week } = await getIssue(context.db, name);
  await approveIssue(context, week, BY, textOf(despite)?.trim());
  return issueOutcome(context, week);
}

export async function hold({ context }: Session, options: Options, [name = '']: string[]): Promise<Outcome> {
  const { week } = await getIssue(context.db, name);
  await holdIssue(context, week, textOf(options.reason) ?? `held on the ${BY}`);
  return issueOutcome(context, week);
}

export async function release({ context }: Session, _: Options, [name = '']: string[]): Promise<Outcome> {
  const { week } = await getIssue(context.db, name);
  await releaseIssue(context, week);
  return issueOutcome(context, week);
}

/** The issue's status after a decision. */
export async function issueOutcome({ db }: Session['context'], week: string): Promise<Outcome> {
  const issue = await getIssue(db, week);
  return {
    json: summarize(issue),
    text: `${week} is ${issue.status}${issue.status_reason ? `: ${issue.status_reason}` : ''}.`,
  };
}

export async function edit({ context }: Session, options: Options, [name = '']: string[]): Promise<Outcome> {
  const { week } = await getIssue(context.db, name);
  await editIssue(context, week, {
    subject: textOf(options.subject),
    preheader: textOf(options.preheader),
  });
  const issue = await getIssue(context.db, week);
  return { json: summarize(issue), text: describeIssue(issue, context.config.timezone) };
}

export async function check({ context }: Session, options: Options, [name = '']: string[]): Promise<Outcome> {
  const issue = await getIssue(context.db, name);
  const rendering = await renderIssue(issue.content, context.config);
  const findings = [
    ...(await checkIssue(issue.content, rendering)),
    ...(options.links ? await fetchLinks((await loadPreview(context, issue, 0)).html) : []),
  ];
  return {
    json: { week: issue.week, findings },
    text: findings.length > 0 ? findings.map(describeFinding).join('\n') : `${issue.week} can go out.`,
    exitCode: findings.length > 0 ? 1 : 0,
  };
}
