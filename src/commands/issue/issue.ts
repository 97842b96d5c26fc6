import type { Command } from 'commander';
import { AppError } from '../../errors.ts';
import { approveIssue } from '../../issues/decide/approve.ts';
import { draftIssue } from '../../issues/decide/draft.ts';
import { editIssue } from '../../issues/decide/edit.ts';
import { holdIssue, releaseIssue } from '../../issues/decide/hold.ts';
import { getIssue, listIssues } from '../../issues/record/issue.ts';
import { fetchLinks } from '../../issues/check/fetch-links.ts';
import { checkIssue } from '../../issues/check/check-issue.ts';
import { describeFinding } from '../../issues/check/finding.ts';
import { loadCopy } from '../../sending/personalize/load-copy.ts';
import { renderIssue } from '../../issues/render/render.tsx';
import { parseWeek, weekOf } from '../../week.ts';
import { addCommand, type Options, type Outcome, table } from '../shared/command.ts';
import { describeChoice, describeIssue, summarize } from './_describe-issue.ts';
import { addPreviewCommands } from './_preview.ts';
import type { Session } from '../shared/session.ts';

const BY = 'command line';

export function addIssueCommands(program: Command): Command {
  const issue = program
    .command('issue')
    .description('one week’s newsletter; ISSUE is a week such as 2026-W47, or latest');
  addCommand(issue, 'draft', 'choose and compose the issue of a week', draft).option(
    '--week <week>',
    'the week, such as 2026-W47 (default: the current one)',
  );
  addCommand(issue, 'list', 'list issues, newest first', async ({ context }) => {
    const issues = await listIssues(context.db);
    const rows = issues.map(({ week, number, status, content }) => [
      week,
      `No. ${number}`,
      status,
      content.subject,
    ]);
    return { json: issues.map(summarize), text: rows.length > 0 ? table(rows) : 'No issues yet.' };
  });
  addCommand(
    issue,
    'show <issue>',
    'show its content, and why each comparison was picked or rejected',
    async ({ context }, _, [name = '']) => {
      const found = await getIssue(context.db, name);
      return {
        json: {
          ...summarize(found),
          content: found.content,
          choice: found.choice,
          made_from: found.made_from,
        },
        text: describeIssue(found, context.config.timezone),
      };
    },
  );
  addCommand(issue, 'check <issue>', 'list problems that must be fixed before it can go out', check).option(
    '--links',
    'also open every public link of the mail',
  );
  addCommand(issue, 'edit <issue>', 'change its subject or preheader before it is approved', edit)
    .option('--subject <text>', '30 to 60 characters')
    .option('--preheader <text>', '40 to 110 characters');
  addPreviewCommands(issue);
  addDecisions(issue);
  return issue;
}

async function draft({ context }: Session, options: Options): Promise<Outcome> {
  const week =
    typeof options.week === 'string'
      ? parseWeek(options.week)
      : weekOf(context.now(), context.config.timezone);
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

function addDecisions(issue: Command): void {
  addCommand(
    issue,
    'approve <issue>',
    'approve it and freeze its content and rendering',
    async ({ context }, { despite }, [name = '']) => {
      const { week } = await getIssue(context.db, name);
      await approveIssue(context, week, BY, textOf(despite)?.trim());
      return issueOutcome(context, week);
    },
  ).option('--despite <reason>', 'approve although checks fail; the reason is stored with the issue');
  addCommand(
    issue,
    'hold <issue>',
    'prevent it from being sent at its scheduled time',
    async ({ context }, options, [name = '']) => {
      const { week } = await getIssue(context.db, name);
      await holdIssue(
        context,
        week,
        typeof options.reason === 'string' ? options.reason : `held on the ${BY}`,
      );
      return issueOutcome(context, week);
    },
  ).option('--reason <words>', 'why');
  addCommand(
    issue,
    'release <issue>',
    'release a held issue for sending',
    async ({ context }, _, [name = '']) => {
      const { week } = await getIssue(context.db, name);
      await releaseIssue(context, week);
      return issueOutcome(context, week);
    },
  );
}

/** The issue's status after a decision. */
export async function issueOutcome({ db }: Session['context'], week: string): Promise<Outcome> {
  const issue = await getIssue(db, week);
  return {
    json: summarize(issue),
    text: `${week} is ${issue.status}${issue.status_reason ? `: ${issue.status_reason}` : ''}.`,
  };
}

async function edit({ context }: Session, options: Options, [name = '']: string[]): Promise<Outcome> {
  const { week } = await getIssue(context.db, name);
  await editIssue(context, week, {
    subject: textOf(options.subject),
    preheader: textOf(options.preheader),
  });
  const issue = await getIssue(context.db, week);
  return { json: summarize(issue), text: describeIssue(issue, context.config.timezone) };
}

function textOf(value: Options[string]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

async function check({ context }: Session, options: Options, [name = '']: string[]): Promise<Outcome> {
  const issue = await getIssue(context.db, name);
  const rendering = await renderIssue(issue.content, context.config);
  const findings = [
    ...(await checkIssue(issue.content, rendering)),
    ...(options.links ? await fetchLinks((await loadCopy(context, issue, 0)).html) : []),
  ];
  return {
    json: { week: issue.week, findings },
    text: findings.length > 0 ? findings.map(describeFinding).join('\n') : `${issue.week} can go out.`,
    exitCode: findings.length > 0 ? 1 : 0,
  };
}
