import { describeTime } from '../../week.ts';
import type { LaneState } from './load-lanes.ts';

/** A lane in words for staff. */
export function describeLane(lane: LaneState): { limit: string; today: string; state: string } {
  const { calls_per_second, ceiling, mails_today } = lane;
  return {
    limit: `${calls_per_second.toLocaleString('en')} calls a second`,
    today:
      ceiling === undefined
        ? 'no ceiling'
        : `${mails_today.toLocaleString('en')} of ${ceiling.toLocaleString('en')} mails today`,
    state: describeState(lane),
  };
}

function describeState({ paused_at, paused_reason, resume_at, refused_reason }: LaneState): string {
  const refused = refused_reason === null ? [] : [`refused: ${refused_reason}`];
  const paused =
    paused_at && paused_reason !== refused_reason
      ? [`paused: ${paused_reason}${resume_at ? `, resumes at ${describeTime(resume_at)}` : ''}`]
      : [];
  return [...refused, ...paused].join('; ') || 'open';
}
