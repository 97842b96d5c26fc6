import { updateRecaps } from '../../issues/decide/update-recaps.ts';
import { getIssue } from '../../issues/record/issue.ts';
import { closeVoting } from '../../votes/close/close.ts';
import { decideVotes } from '../../votes/moderate/decide-votes.ts';
import { UNKNOWN_HOST } from '../../votes/moderate/vote-group.ts';
import { describeCrowd, listCrowds } from '../../votes/moderate/list-crowds.ts';
import { listHeld } from '../../votes/moderate/list-held.ts';
import { loadTallies } from '../../votes/tally/load-tallies.ts';
import { describeCommunity } from '../../votes/tally/tally.ts';
import { auditedChange } from '../shared/audited-change.ts';
import { type Options, type CommandResult, type Run, textOf } from '../shared/command.ts';
import { table } from '../shared/table.ts';
import type { Session } from '../shared/session.ts';

export const release = decideWith('release');
export const voidVotes = decideWith('void');

export async function close(
  session: Session,
  options: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const { week } = await getIssue(session.context.db, name);
  await auditedChange(session.context, 'close voting', week, {}, () => closeVoting(session.context, week));
  await updateRecaps(session.context);
  return tally(session, options, [week]);
}

export async function listHeldVotes(
  { context: { db } }: Session,
  _: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const { id, week } = await getIssue(db, name);
  const groups = await listHeld(db, id);
  const rows = groups.map(({ reason, tool_slug, mail_host, mail_class, ship, skip }) => [
    reason,
    tool_slug,
    mail_host ?? UNKNOWN_HOST,
    mail_class,
    `${ship} ship`,
    `${skip} skip`,
  ]);
  return { json: groups, text: rows.length > 0 ? table(rows) : `No vote on ${week} is held.` };
}

export async function listVoteCrowds(
  { context: { db } }: Session,
  _: Options,
  [name = '']: string[],
): Promise<CommandResult> {
  const { id, week } = await getIssue(db, name);
  const crowds = await listCrowds(db, id);
  const rows = crowds.map((crowd) => [
    crowd.name,
    describeCrowd(crowd),
    crowd.alike === null ? '' : `${crowd.alike} voted exactly alike`,
    crowd.domains.map(({ domain, readers }) => `${readers} at ${domain}`).join(', '),
    crowd.decision ?? 'held',
  ]);
  return { json: crowds, text: rows.length > 0 ? table(rows) : `No votes on ${week} are held as a crowd’s.` };
}

export async function tally(
  { context: { db } }: Session,
  _: Options,
  [name = '']: string[],
): Promise<CommandResult> {
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

function decideWith(decision: 'release' | 'void'): Run {
  return async ({ context }, options, [name = '']) => {
    const { week } = await getIssue(context.db, name);
    const request = {
      reason: textOf(options.reason),
      tool_slug: textOf(options.tool),
      mail_host: textOf(options.mailHost),
      crowd: textOf(options.crowd),
      why: textOf(options.why) ?? '',
    };
    const decided = await auditedChange(context, `${decision} votes`, week, request, () =>
      decideVotes(context, week, { decision, ...request, by: `${String(options.by)}, command line` }),
    );
    return {
      json: { week, decision, votes: decided },
      text: `${decided === 1 ? `1 vote of ${week} is` : `${decided} votes of ${week} are`} ${decision === 'void' ? 'voided' : 'released'}.`,
    };
  };
}
