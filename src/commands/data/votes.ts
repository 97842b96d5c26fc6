import { userName } from '../../audit/user-name.ts';
import type { TerminalCommand } from '../shared/terminal.ts';
import { addCommand } from '../shared/command.ts';

const load = () => import('./_vote-actions.ts');

export function addVotesCommands(program: TerminalCommand): void {
  const votes = program.command('votes').description('votes on the comparisons of an issue');
  addCommand(votes, 'tally <issue>', 'count the votes of an issue', async () => (await load()).tally);
  addCommand(votes, 'close <issue>', 'end voting and freeze the result', async () => (await load()).close);
  addCommand(
    votes,
    'held <issue>',
    'held votes (not yet attributed to a person), by reason, tool and mail host',
    async () => (await load()).listHeldVotes,
  );
  addCommand(
    votes,
    'crowds <issue>',
    'new readers of one origin who vote one-sidedly, whose votes are held as a group',
    async () => (await load()).listVoteCrowds,
  );
  const deciding = [
    addCommand(votes, 'release <issue>', 'count held votes', async () => (await load()).release),
    addCommand(votes, 'void <issue>', 'never count these votes', async () => (await load()).voidVotes),
  ];
  for (const command of deciding) {
    command
      .option('--reason <reason>', 'only votes held for this reason')
      .option('--tool <slug>', 'only votes on this tool')
      .option('--mail-host <host>', 'only votes of readers at this mail host')
      .option('--crowd <name>', 'only votes of this crowd, as `votes crowds` names it')
      .requiredOption('--why <words>', 'the justification; stored with the decision')
      .option('--by <name>', 'who decides; stored with the decision', userName());
  }
}
