import type { TerminalCommand } from '../shared/terminal.ts';
import { addCommand } from '../shared/command.ts';

const load = () => import('./_subscriber-actions.ts');
const loadTransfer = () => import('./_transfer-actions.ts');

export function addSubscriberCommands(program: TerminalCommand): void {
  const subscribers = program.command('subscribers').description('the readers of the newsletter');
  addCommand(
    subscribers,
    'add <email>',
    'add a reader who gave consent elsewhere',
    async () => (await load()).add,
  )
    .option('--source <words>', 'where they gave consent', 'added by staff')
    .option('--confirmed <time>', 'when they gave consent, such as 2026-11-17T09:00:00Z (default: now)');
  addTransferCommands(subscribers);
  addCommand(
    subscribers,
    'show <email>',
    'show a reader’s record, consents and issues; their own page has the votes and their evidence as well',
    async () => (await load()).show,
  );
  addCommand(
    subscribers,
    'unsubscribe <email>',
    'unsubscribe a reader who asked for it; only the reader can undo this',
    async () => (await load()).unsubscribeReader,
  ).requiredOption('--why <words>', 'how they asked, for the log');
  addCommand(
    subscribers,
    'suppress <email>',
    'send nothing to this reader ever again',
    async () => (await load()).suppressReader,
  ).requiredOption('--why <words>', 'the reason, for the log');
  addCommand(
    subscribers,
    'forget <email>',
    'erase one reader; only a hash is kept, to block re-imports',
    async () => (await load()).forget,
  );
}

function addTransferCommands(subscribers: TerminalCommand): void {
  addCommand(
    subscribers,
    'import <file>',
    'import readers from a file: a CSV export from Mailchimp, beehiiv, Substack, Ghost, listmonk, Buttondown or Kit, our own export, or any list',
    async () => (await loadTransfer()).importFile,
  )
    .option('--dry-run', 'check and report, but write nothing')
    .option('--consent-source <words>', 'where they gave consent, if no column says so')
    .option('--confirmed <time>', 'when they gave consent, if no column says so')
    .option('--status <status>', 'what every row means: active, pending, unsubscribed, bounced or complained')
    .option('--map <columns>', 'which columns of the file are ours, such as email=Mail,confirmed_at=Joined')
    .option('--refused <file>', 'where to write refused lines (default: beside the file)');
  addCommand(
    subscribers,
    'export',
    'write all subscribers to standard output as CSV',
    async () => (await loadTransfer()).exportAll,
  ).option('--jsonl', 'as JSON Lines');
}
