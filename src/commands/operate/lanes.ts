import type { Command } from 'commander';
import { addCommand } from '../shared/command.ts';

const load = () => import('./_lane-actions.ts');

export function addLaneCommands(program: Command): void {
  const lanes = program
    .command('lanes')
    .description('the Resend teams and domains through which issues go, each by the number of its settings');
  addCommand(
    lanes,
    'list',
    'list them with their limits, their warm-up and what has paused them',
    async () => (await load()).list,
  );
  addCommand(
    lanes,
    'pause <lane>',
    'let nothing more of an issue through this one; the others go on',
    async () => (await load()).pause,
  ).option('--reason <words>', 'why');
  addCommand(lanes, 'resume <lane>', 'let issues through this one again', async () => (await load()).resume);
}
