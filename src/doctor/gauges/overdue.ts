import type { Context } from '../../context.ts';
import { listProcesses } from '../../installation/processes.ts';
import { nothingToSendKey } from '../../issues/decide/draft.ts';
import { findIssue } from '../../issues/record/issue.ts';
import { loadLanes, waitsForStaff } from '../../sending/control/load-lanes.ts';
import { waitsForLanes } from '../../sending/lanes/is-lane-paused.ts';
import { describeSendTime } from '../../issues/record/send-time.ts';
import { isSkipped, nameOfStatus } from '../../issues/record/status.ts';
import { findLastOccurrence, type Week, weekOf } from '../../week.ts';

/** A worker does what is due within a minute; an issue of a million is prepared in a few more. */
const GRACE_MS = 15 * 60_000;

/** An issue that should have gone out and did not; `since` is when it was due. */
export interface Overdue {
  week: Week;
  since: Date;
  reason: string;
  /** What staff can do about it. */
  advice: string;
}

/**
 * The issue of the last send time that was due, if it did not go out, whatever the reason: no worker, no draft, held, not approved.
 * Not one that staff skipped, cancelled or moved to a later time.
 */
export async function findOverdueIssue(context: Context): Promise<Overdue | undefined> {
  const { config, db, installation, now } = context;
  const { schedules, timezone } = config;
  const due = findLastOccurrence(schedules.send, now(), timezone);
  const issue = await findIssue(db, due.week);
  // What an issue would have been drafted for before this installation existed was not missed.
  const drafted = findLastOccurrence(schedules.draft, due.at, timezone);
  if (due.at < installation.created_at || (!issue && drafted.at < installation.created_at)) {
    return undefined;
  }
  const since = issue?.send_at ?? due.at;
  if (now().getTime() - since.getTime() < GRACE_MS) {
    return undefined;
  }
  const at = describeSendTime(since, timezone);
  if (!issue) {
    return {
      week: due.week,
      since,
      reason: `no issue of ${due.week} was drafted, which was to go out ${at}`,
      advice:
        due.week !== weekOf(now(), timezone)
          ? 'That week is over. See that a worker runs, and that there is something to send, when the next issue is to be drafted.'
          : (await hadNothingToSend(context, due.week))
            ? 'No comparison could be used: the notice of that day says why. Publish or mend one, then `verdicts issue draft`.'
            : '`verdicts issue draft` drafts it now.',
    };
  }
  if (issue.status === 'sending' && (await waitsForStaffOfLanes(context, issue.id))) {
    const reason = `what is left of the issue of ${due.week} waits for lanes to be resumed; it was to go out ${at}`;
    return {
      week: due.week,
      since,
      reason,
      advice: 'See `verdicts lanes list`, then `verdicts lanes resume`.',
    };
  }
  // As planned: under a ceiling, or a quota that resets.
  const resumesByItself = issue.status === 'paused' && issue.resume_at !== null;
  if (resumesByItself || isSkipped(issue) || ['sending', 'sent', 'cancelled'].includes(issue.status)) {
    return undefined;
  }
  const reason = `the issue of ${due.week} is ${nameOfStatus(issue)}${issue.status_reason ? ` (${issue.status_reason})` : ''}, and was to go out ${at}`;
  const advice =
    issue.status === 'paused'
      ? `See \`verdicts issue status ${due.week}\`; \`verdicts issue resume ${due.week}\` sends what is left, \`cancel\` leaves it out.`
      : `See \`verdicts issue show ${due.week}\`; \`verdicts issue send ${due.week}\` sends it now, \`skip\` leaves the week out.`;
  return { week: due.week, since, reason, advice };
}

async function hadNothingToSend({ db }: Context, week: Week): Promise<boolean> {
  const notice = await db
    .selectFrom('staff_notices')
    .select('id')
    .where('subject_key', '=', nothingToSendKey(week))
    .executeTakeFirst();
  return notice !== undefined;
}

/** Not lanes that resume by themselves. */
async function waitsForStaffOfLanes(context: Context, issueId: number): Promise<boolean> {
  const lanes = await loadLanes(context);
  return lanes.some((lane) => waitsForStaff(lane)) && waitsForLanes(context, issueId);
}

/** Why nobody can rely on the next issue: it is late already, or nothing runs that would send it. For strangers to read: no reasons. */
export async function findLateness(context: Context): Promise<string | undefined> {
  if (await findOverdueIssue(context)) {
    return 'the last issue did not go out; `verdicts doctor` says why';
  }
  const workers = (await listProcesses(context.db)).filter(({ role }) => role !== 'web');
  return workers.length === 0 ? 'no worker runs, so nothing is drafted, sent or confirmed' : undefined;
}
