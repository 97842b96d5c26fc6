import type { TerminalCommand } from '../shared/terminal.ts';
import { addCommand } from '../shared/command.ts';

const load = () => import('./_lane-actions.ts');

export function addLaneCommands(program: TerminalCommand): void {
  const lanes = program
    .command('lanes')
    .description(
      'the Resend teams and domains through which issues are sent; a lane has the number of its settings',
    );
  addCommand(
    lanes,
    'list',
    'list them with their limits, their warm-up and why they are paused',
    async () => (await load()).list,
  );
  addCommand(
    lanes,
    'pause <lane>',
    'stop sending issues through this lane; the others continue',
    async () => (await load()).pause,
  ).option('--reason <words>', 'why');
  addCommand(
    lanes,
    'resume <lane>',
    'send issues through this lane again',
    async () => (await load()).resume,
  );
}
