import type { Command } from 'commander';
import { getIssue } from '../issues/issue.ts';
import { closeVoting } from '../votes/close.ts';
import { loadTallies } from '../votes/load-tallies.ts';
import { describeCommunity } from '../votes/tally.ts';
import { addCommand, type Outcome, table } from './command.ts';
import type { Session } from './session.ts';

export function addVotesCommands(program: Command): void {
  const votes = program.command('votes').description('what readers think');
  addCommand(votes, 'tally <issue>', 'count the votes of an issue', ({ context }, _, [name = '']) =>
    tally(context, name),
  );
  addCommand(
    votes,
    'close <issue>',
    'end voting and freeze the result',
    async ({ context }, _, [name = '']) => {
      const { week } = await getIssue(context.db, name);
      await closeVoting(context, week);
      return tally(context, week);
    },
  );
}

async function tally({ db }: Session['context'], name: string): Promise<Outcome> {
  const { id, week } = await getIssue(db, name);
  const tallies = await loadTallies(db, id);
  const rows = tallies.map((row) => [
    row.tool_slug,
    `${row.ship} ship`,
    `${row.skip} skip`,
    `${row.held} held`,
    describeCommunity(row),
  ]);
  const isClosed = tallies.some((row) => row.is_frozen);
  return {
    json: { week, is_closed: isClosed, tallies },
    text:
      rows.length > 0
        ? `${table(rows)}\nVoting is ${isClosed ? 'over' : 'open'}.`
        : `Nobody has voted on ${week} yet.`,
  };
}
