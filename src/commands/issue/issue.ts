import type { TerminalCommand } from '../shared/terminal.ts';
import { addCommand } from '../shared/command.ts';

const load = () => import('./_issue-actions.ts');
const loadSending = () => import('./_sending-actions.ts');
const loadPreview = () => import('./_preview.ts');

export function addIssueCommands(program: TerminalCommand): TerminalCommand {
  const issue = program
    .command('issue')
    .description('one week’s newsletter; ISSUE is a week such as 2026-W47, or latest');
  addCommand(
    issue,
    'draft',
    'choose and compose the issue of a week',
    async () => (await load()).draft,
  ).option('--week <week>', 'the week, such as 2026-W47 (default: the current one)');
  addCommand(issue, 'list', 'list issues, newest first', async () => (await load()).list);
  addCommand(
    issue,
    'show <issue>',
    'show its content, and why each comparison was picked or rejected',
    async () => (await load()).show,
  );
  addCommand(
    issue,
    'check <issue>',
    'list problems that must be fixed before it can go out',
    async () => (await load()).check,
  ).option('--links', 'also open every public link of the mail');
  addCommand(
    issue,
    'edit <issue>',
    'change its subject or preheader before it is approved',
    async () => (await load()).edit,
  )
    .option('--subject <text>', '30 to 60 characters')
    .option('--preheader <text>', '40 to 110 characters');
  addPreviewCommands(issue);
  addDecisions(issue);
  return issue;
}

function addPreviewCommands(issue: TerminalCommand): void {
  addCommand(
    issue,
    'preview <issue>',
    'write the exact mail that a reader would get to files; its links change nothing',
    async () => (await loadPreview()).writePreview,
  )
    .option('--as <email>', 'the reader (default: the first active one)')
    .option('--out <dir>', 'the output folder for issue.html, issue.txt, headers.json and mail.eml');
  addCommand(
    issue,
    'digest <month>',
    'write the digest of a month, such as 2026-11, to files, or send it to those who have not got it',
    async () => (await loadPreview()).writeDigest,
  )
    .option('--out <dir>', 'the output folder for digest.html and digest.txt')
    .option('--send', 'send it to readers who prefer one mail a month and have not got it')
    .option('--yes', 'do not ask before sending');
}

function addDecisions(issue: TerminalCommand): void {
  addCommand(
    issue,
    'approve <issue>',
    'approve it and freeze its content and rendering',
    async () => (await load()).approve,
  ).option('--despite <reason>', 'approve although checks fail; the reason is stored with the issue');
  addCommand(
    issue,
    'hold <issue>',
    'prevent it from being sent at its scheduled time',
    async () => (await load()).hold,
  ).option('--reason <words>', 'why');
  addCommand(
    issue,
    'release <issue>',
    'release a held issue for sending',
    async () => (await load()).release,
  ).option('--despite <reason>', 'release it as it was approved although facts have changed');
  addCommand(
    issue,
    'take-facts <issue>',
    'write it again from the facts as they are now, keeping what staff wrote',
    async () => (await load()).takeFacts,
  );
  addCommand(
    issue,
    'withdraw <issue>',
    'withdraw its approval, so that it can be edited again; possible until its first batch is sent',
    async () => (await loadSending()).withdraw,
  );
  addCommand(
    issue,
    'move <issue>',
    'move the time at which it goes out',
    async () => (await load()).move,
  ).requiredOption('--to <time>', 'in the newsletter’s time zone, such as "2026-12-01 09:00"');
  addCommand(issue, 'skip <issue>', 'send nothing this week', async () => (await load()).skip);
  addCommand(
    issue,
    'unskip <issue>',
    'take back a skip, until the week ends',
    async () => (await load()).unskip,
  );
}
