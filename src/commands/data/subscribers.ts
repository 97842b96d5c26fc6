import type { Command } from 'commander';
import { addCommand } from '../shared/command.ts';

const load = () => import('./_subscriber-actions.ts');

export function addSubscriberCommands(program: Command): void {
  const subscribers = program.command('subscribers').description('the readers of the newsletter');
  addCommand(
    subscribers,
    'add <email>',
    'add a reader who gave consent elsewhere',
    async () => (await load()).add,
  )
    .option('--source <words>', 'where they gave consent', 'added by staff')
    .option('--confirmed <time>', 'when they gave consent, such as 2026-11-17T09:00:00Z (default: now)');
  addCommand(
    subscribers,
    'import <file>',
    'import readers from a CSV file: email,consent_source,confirmed_at[,categories][,engaged_at]',
    async () => (await load()).importFile,
  ).option('--dry-run', 'check and report, write nothing');
  addCommand(
    subscribers,
    'export',
    'write all subscribers to standard output as CSV',
    async () => (await load()).exportAll,
  );
  addCommand(
    subscribers,
    'show <email>',
    'show all data stored about one reader',
    async () => (await load()).show,
  );
  addCommand(
    subscribers,
    'unsubscribe <email>',
    'unsubscribe a reader who asked for it; only they can come back',
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
