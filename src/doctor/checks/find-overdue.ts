import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { listProcesses } from '../../installation/processes.ts';
import { nothingToSendKey, wasSentBeforeRestore } from '../../issues/decide/draft.ts';
import { findIssue, type Issue } from '../../issues/record/issue.ts';
import { loadLanes, waitsForStaff } from '../../sending/lane-control/load-lanes.ts';
import { waitsForLanes } from '../../sending/lanes/is-lane-paused.ts';
import { describeSendTime } from '../../issues/record/send-time.ts';
import { isSkipped, nameOfStatus } from '../../issues/record/status.ts';
import { findLastOccurrence, type Week, weekOf } from '../../week.ts';

/** A worker starts what is due within a minute, and prepares an issue for a million readers in a few more minutes. */
const GRACE_MS = 15 * 60_000;
/** Resend answers within seconds; with the retries of an ordinary fault within minutes. */
const UNANSWERED_MS = 30 * 60_000;

/** An issue that should have gone out and did not; `since` is when it was due. */
export interface Overdue {
  week: Week;
  since: Date;
  reason: string;
  /** What staff can do about it. */
  advice: string;
}

/**
 * The issue that should have gone out at the last send time and did not, whatever the reason: no worker, no draft,
 * held, not approved, no answer from Resend. Undefined within 15 minutes of the send time, while it is paused and resumes by
 * itself, and if staff skipped it, cancelled it or moved it to a later time.
 */
export async function findOverdueIssue(context: Context): Promise<Overdue | undefined> {
  const { config, db, installation, now } = context;
  const { schedules, timezone } = config;
  const due = findLastOccurrence(schedules.send, now(), timezone);
  // An issue belongs to the week of its draft, which may be the one before.
  const drafted = findLastOccurrence(schedules.draft, due.at, timezone);
  const { week } = drafted;
  const issue = await findIssue(db, week);
  // A send time was not missed if this installation did not exist yet, at that time or when its issue should have been
  // drafted.
  if (due.at < installation.created_at || (!issue && drafted.at < installation.created_at)) {
    return undefined;
  }
  const since = issue?.send_at ?? due.at;
  if (now().getTime() - since.getTime() < GRACE_MS) {
    return undefined;
  }
  const at = describeSendTime(since, timezone);
  if (!issue && (await wasSentBeforeRestore(db, week))) {
    return undefined;
  }
  if (!issue) {
    return {
      week,
      since,
      reason: `the issue of ${week}, which should have gone out ${at}, was not drafted`,
      advice:
        week !== weekOf(now(), timezone)
          ? 'That week is over. Make sure that a worker runs, and that there is something to send, when the next issue is drafted.'
          : (await hadNothingToSend(context, week))
            ? 'No comparison could be used: the notice of that day says why. Publish or correct one, then run `verdicts issue draft`.'
            : '`verdicts issue draft` drafts it now.',
    };
  }
  if (issue.status === 'sending') {
    const obstacle = await findObstacle(context, issue, at);
    return obstacle && { week, since, ...obstacle };
  }
  // It waits for the next day's ceiling, or for a quota to be reset.
  const resumesByItself = issue.status === 'paused' && issue.resume_at !== null;
  if (resumesByItself || isSkipped(issue) || ['sent', 'cancelled'].includes(issue.status)) {
    return undefined;
  }
  const reason = `the issue of ${week} is ${nameOfStatus(issue)}${issue.status_reason ? ` (${issue.status_reason})` : ''}, and should have gone out ${at}`;
  const advice =
    issue.status === 'paused'
      ? `See \`verdicts issue status ${week}\`; \`verdicts issue resume ${week}\` sends what is left, \`cancel\` drops it.`
      : `See \`verdicts issue show ${week}\`; \`verdicts issue send ${week}\` sends it now, \`skip\` leaves the week out.`;
  return { week, since, reason, advice };
}

/** Since when a batch has been tried without an answer, if that is long. */
async function findUnanswered({ db }: Context, issueId: number): Promise<Date | undefined> {
  const batch = await db
    .selectFrom('batches')
    .select('uncertain_since')
    .where('issue_id', '=', issueId)
    .where('status', '=', 'submitting')
    .where('uncertain_since', '<', sql<Date>`now() - make_interval(secs => ${UNANSWERED_MS / 1_000})`)
    .orderBy('uncertain_since')
    .executeTakeFirst();
  return batch?.uncertain_since ?? undefined;
}

/** What keeps an issue that is being sent from going out; `at` is when it should have. */
async function findObstacle(
  context: Context,
  { id, week }: Pick<Issue, 'id' | 'week'>,
  at: string,
): Promise<Pick<Overdue, 'reason' | 'advice'> | undefined> {
  if (await waitsForPausedLanes(context, id)) {
    return {
      reason: `the rest of the issue of ${week}, which should have gone out ${at}, waits for lanes to be resumed`,
      advice: 'See `verdicts lanes list`, then `verdicts lanes resume`.',
    };
  }
  const unanswered = await findUnanswered(context, id);
  return (
    unanswered && {
      reason: `mails of the issue of ${week} have waited for Resend's answer since ${describeSendTime(unanswered, context.config.timezone)}`,
      advice:
        'The log of the workers says what fails. Check the connection to Resend, and its status page. The mails are tried again for 23 hours and then become `unknown`.',
    }
  );
}

async function hadNothingToSend({ db }: Context, week: Week): Promise<boolean> {
  const notice = await db
    .selectFrom('staff_notices')
    .select('id')
    .where('subject_key', '=', nothingToSendKey(week))
    .executeTakeFirst();
  return notice !== undefined;
}

/** Whether the rest of the issue waits for lanes that only staff can resume. */
async function waitsForPausedLanes(context: Context, issueId: number): Promise<boolean> {
  const lanes = await loadLanes(context);
  return lanes.some((lane) => waitsForStaff(lane)) && waitsForLanes(context, issueId);
}

/**
 * Whether the last issue is late, or no worker runs; undefined if all is well. Strangers may read it, so it gives no
 * details.
 */
export async function findScheduleProblem(context: Context): Promise<string | undefined> {
  if (await findOverdueIssue(context)) {
    return 'the last issue did not go out; `verdicts doctor` says why';
  }
  const workers = (await listProcesses(context.db)).filter(({ role }) => role !== 'web');
  return workers.length === 0 ? 'no worker runs, so nothing is drafted, sent or confirmed' : undefined;
}
