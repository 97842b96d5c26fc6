import type { Context } from '../../context.ts';
import { describeLane } from './describe-lane.ts';
import { type LaneProgress, loadLaneProgress, loadLanes } from './load-lanes.ts';

/** A lane's progress, with its domain and what holds it up, for staff. */
export interface LaneReport extends LaneProgress {
  /** Undefined for a lane that is no longer in the settings. */
  domain: string | undefined;
  /** What holds it up; undefined while nothing does. */
  state: string | undefined;
}

/** Empty if there is nothing to report: the issue goes through a single lane, and nothing holds it up. */
export async function loadLaneReports(context: Context, issueId: number): Promise<LaneReport[]> {
  const progress = await loadLaneProgress(context, issueId);
  const states = await loadLanes(context);
  const parts = progress.map((part) => {
    const lane = states.find(({ number }) => number === part.lane);
    const isStopped = lane !== undefined && (lane.paused_at !== null || lane.refused_reason !== null);
    const isHeldUp = isStopped && part.done < part.mails;
    return { ...part, domain: lane?.domain, state: isHeldUp ? describeLane(lane).state : undefined };
  });
  return parts.length > 1 || parts.some(({ state }) => state !== undefined) ? parts : [];
}
