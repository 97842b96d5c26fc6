import { AppError } from '../../errors.ts';
import { loadLanes } from '../../sending/lane-control/load-lanes.ts';
import { describeLane } from '../../sending/lane-control/describe-lane.ts';
import { pauseLaneByHand } from '../../sending/lane-control/pause-lane.ts';
import { resumeLane } from '../../sending/lane-control/resume-lane.ts';
import { recordCommand } from '../shared/audited-change.ts';
import { type Options, type CommandResult, textOf } from '../shared/command.ts';
import { table } from '../shared/table.ts';
import type { Session } from '../shared/session.ts';

export async function list({ context }: Session): Promise<CommandResult> {
  const lanes = await loadLanes(context);
  return {
    json: lanes,
    text: table(
      lanes.map((lane) => {
        const { limit, today, state } = describeLane(lane);
        return [`lane ${lane.number}`, lane.domain, limit, today, state];
      }),
    ),
  };
}

export async function pause(
  session: Session,
  options: Options,
  [number = '']: string[],
): Promise<CommandResult> {
  const reason = textOf(options.reason);
  await pauseLaneByHand(session.context, readLane(number), reason ?? 'paused on the command line');
  await recordCommand(session.context, 'pause lane', { lane: number, reason });
  return list(session);
}

export async function resume(session: Session, _: Options, [number = '']: string[]): Promise<CommandResult> {
  await resumeLane(session.context, readLane(number));
  await recordCommand(session.context, 'resume lane', { lane: number });
  return list(session);
}

function readLane(text: string): number {
  if (!/^\d{1,2}$/.test(text)) {
    throw new AppError('invalid_input', `"${text}" is not the number of a lane, such as 2.`);
  }
  return Number(text);
}
