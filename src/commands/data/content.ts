import type { TerminalCommand } from '../shared/terminal.ts';
import { addCommand } from '../shared/command.ts';

const load = () => import('./_content-actions.ts');

export function addContentCommands(program: TerminalCommand): void {
  const content = program.command('content').description('the comparisons of the newsletter');
  addCommand(
    content,
    'import <file>',
    'import reviewers, tools and comparisons from a JSON file',
    async () => (await load()).importFile,
  ).option('--dry-run', 'check and report, but write nothing');
  addCommand(content, 'list', 'list comparisons, newest first', async () => (await load()).list);
}
