import type { Command } from 'commander';
import { userInfo } from 'node:os';
import { getIssue } from '../../issues/record/issue.ts';
import { closeVoting } from '../../votes/close/close.ts';
import { decideVotes } from '../../votes/close/decide-votes.ts';
import { listHeld } from '../../votes/close/list-held.ts';
import { loadTallies } from '../../votes/tally/load-tallies.ts';
import { describeCommunity } from '../../votes/tally/tally.ts';
import { addCommand, type Options, type Outcome, table } from '../shared/command.ts';
import type { Session } from '../shared/session.ts';

export function addVotesCommands(program: Command): void {
  const votes = program.command('votes').description('votes on the comparisons of an issue');
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
  addCommand(
    votes,
    'held <issue>',
    'held votes (not yet attributed to a person), by reason, tool and mail host',
    ({ context }, _, [name = '']) => held(context, name),
  );
  addDecision(votes, 'release', 'count held votes');
  addDecision(votes, 'void', 'never count these votes');
}

function addDecision(votes: Command, decision: 'release' | 'void', description: string): void {
  addCommand(votes, `${decision} <issue>`, description, async ({ context }, options, [name = '']) => {
    const { week } = await getIssue(context.db, name);
    const decided = await decideVotes(context, week, {
      decision,
      reason: textOf(options.reason),
      tool_slug: textOf(options.tool),
      mail_host: textOf(options.mailHost),
      why: textOf(options.why) ?? '',
      by: `${String(options.by)}, command line`,
    });
    return {
      json: { week, decision, votes: decided },
      text: `${decided} votes of ${week} are ${decision === 'void' ? 'voided' : 'released'}.`,
    };
  })
    .option('--reason <reason>', 'only votes held for this reason')
    .option('--tool <slug>', 'only votes on this tool')
    .option('--mail-host <host>', 'only votes of readers at this mail host')
    .requiredOption('--why <words>', 'the justification; stored with the decision')
    .option('--by <name>', 'who decides; stored with the decision', userInfo().username);
}

function textOf(value: Options[string]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

async function held({ db }: Session['context'], name: string): Promise<Outcome> {
  const { id, week } = await getIssue(db, name);
  const groups = await listHeld(db, id);
  const rows = groups.map(({ reason, tool_slug, mail_host, mail_class, ship, skip }) => [
    reason,
    tool_slug,
    mail_host ?? '(unknown)',
    mail_class,
    `${ship} ship`,
    `${skip} skip`,
  ]);
  return { json: groups, text: rows.length > 0 ? table(rows) : `No vote on ${week} is held.` };
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
        ? `${table(rows)}\nVoting is ${isClosed ? 'closed' : 'open'}.`
        : `Nobody has voted on ${week} yet.`,
  };
}
