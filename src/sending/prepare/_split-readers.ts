import { sql } from 'kysely';
import type { Config } from '../../config/config.ts';
import type { Tx } from '../../database/connect.ts';
import type { MailHeaders } from '../../issues/render/render.tsx';
import { ceilingOf, countMailsToday, splitForWarmUp } from '../limits/warm-up.ts';
import { addLanes } from '../lanes/add-lanes.ts';
import { type Lane, listLanes } from '../lanes/lanes.ts';

/** Which part of an issue's readers a lane gets. */
export interface LaneShare {
  lane: number;
  /** Its part of all readers, in proportion to its team's limit. */
  share: number;
  /**
   * While it warms up beside lanes that do not: how many readers it gets today, the most engaged of its part; the others get
   * theirs through the other lanes. Undefined: all of its part.
   */
  readersToday: number | undefined;
  /** While every lane warms up: the ranks among its readers with which its batches begin, as `splitForWarmUp` returns them. */
  starts: readonly number[];
  end: number;
  /** If so, nobody waits for their own morning, because a ceiling is for one day. */
  isWarmingUp: boolean;
}

/**
 * How an issue's readers are divided among the lanes that had a sender when it was approved. Readers keep their lane from week to
 * week as long as the lanes and their limits stay the same.
 */
export async function splitReaders(
  tx: Tx,
  config: Config,
  { senders = {} }: Pick<MailHeaders, 'senders'>,
  now: Date,
  batchSize: number,
): Promise<LaneShare[]> {
  const lanes = listLanes(config).filter(({ number }) => number === 1 || senders[number] !== undefined);
  await addLanes(tx, listLanes(config));
  const limits = await loadLimits(tx);
  const weights = lanes.map((lane) => limits.get(lane.team)! / countTeam(lanes, lane));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const isEveryLaneWarming = lanes.every(({ warmUp }) => ceilingOf(warmUp, now) !== undefined);
  const mailsToday = await countMailsToday(tx, now);
  const shares: LaneShare[] = [];
  for (const [index, lane] of lanes.entries()) {
    const used = mailsToday.get(lane.number) ?? 0;
    const ceiling = ceilingOf(lane.warmUp, now);
    const days = isEveryLaneWarming
      ? splitForWarmUp(lane.warmUp, now, used, batchSize)
      : { starts: [], end: 0 };
    shares.push({
      lane: lane.number,
      share: weights[index]! / total,
      readersToday: ceiling === undefined || isEveryLaneWarming ? undefined : Math.max(0, ceiling - used),
      isWarmingUp: ceiling !== undefined,
      ...days,
    });
  }
  return shares;
}

/** Calls per second by the team's first lane. */
async function loadLimits(tx: Tx): Promise<ReadonlyMap<number, number>> {
  const { rows } = await sql<{ id: number; calls_per_second: number }>`
    select id, calls_per_second from send_rate`.execute(tx);
  return new Map(rows.map(({ id, calls_per_second }) => [id, calls_per_second]));
}

/** Lanes of one team share its limit. */
function countTeam(lanes: readonly Lane[], { team }: Lane): number {
  return lanes.filter((lane) => lane.team === team).length;
}
