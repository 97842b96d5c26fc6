import type { Context } from '../../context.ts';
import { chooseComparisons } from '../../issues/choose/choose.ts';
import { loadChoosingInput } from '../../issues/choose/load-choosing-input.ts';
import { findIssue } from '../../issues/record/issue.ts';
import { findNextDraft } from '../../issues/record/next-draft.ts';
import { closingTimeOf, describeSendTime, sendTimeOf } from '../../issues/record/send-time.ts';
import { findNextOccurrence, type Week, weekOf } from '../../week.ts';
import type { CheckContext } from './check-context.ts';
import { findOverdueIssue } from './find-overdue.ts';
import { describeAge, type Finding, fault, fine, warning } from './finding.ts';

const DAY_MS = 86_400_000;

/** When the next issue is drafted and sent, and whether the schedules fit together. */
export async function checkTimetable({ context }: CheckContext): Promise<Finding[]> {
  const { config, db } = context;
  const { schedules, timezone } = config;
  const now = context.now();
  const first = findNextOccurrence(schedules.draft, now, timezone);
  const second = findNextOccurrence(schedules.draft, first.at, timezone);
  const gap = second.at.getTime() - first.at.getTime();
  if (gap < DAY_MS) {
    return [
      fault(
        'SCHEDULE_DRAFT',
        `a draft is due every ${describeAge(gap)}, but a week has only one issue`,
        'Name one minute, one hour and one weekday, for example 0 6 * * 1.',
      ),
    ];
  }
  const next = await findNextDraft(context);
  const sending = sendTimeOf(config, { week: next.week, drafted_at: next.at, due_at: next.at });
  const isOtherWeek = weekOf(sending.at, timezone) > next.week;
  const waiting = await db
    .selectFrom('issues')
    .select(['week', 'status', 'send_at'])
    .where('status', 'in', ['draft', 'approved'])
    .where('send_at', '>', now)
    .orderBy('send_at')
    .executeTakeFirst();
  const times = [
    ...(waiting?.send_at
      ? [
          `the issue of ${waiting.week} (${waiting.status}) is sent ${describeSendTime(waiting.send_at, timezone)}`,
        ]
      : []),
    `the next draft is made ${describeSendTime(next.at, timezone)} and sent ${describeSendTime(sending.at, timezone)}`,
  ];
  return [
    checkSending(times.join('; '), { is_too_late: sending.is_too_late, isOtherWeek }, config),
    ...checkClosing(next.week, sending.at, config),
  ];
}

function checkSending(
  times: string,
  { is_too_late, isOtherWeek }: { is_too_late: boolean; isOtherWeek: boolean },
  { reviewWindowMs }: CheckContext['context']['config'],
): Finding {
  const advice = 'Set SCHEDULE_DRAFT earlier in the week, or SCHEDULE_SEND later; both are in TIMEZONE.';
  if (is_too_late) {
    return fault(
      'SCHEDULE_SEND',
      `no send time is left in that week once the draft is made and its ${describeAge(reviewWindowMs)} of review are over: ${times}`,
      advice,
    );
  }
  return isOtherWeek
    ? warning(
        'SCHEDULE_SEND',
        `an issue goes out in the week after its own: ${times}`,
        `If that is not intended: ${advice}`,
      )
    : fine('timetable', times);
}

function checkClosing(week: string, send_at: Date, config: CheckContext['context']['config']): Finding[] {
  const closing = closingTimeOf(config, week, send_at);
  const following = findNextOccurrence(config.schedules.draft, send_at, config.timezone);
  return closing > following.at
    ? [
        warning(
          'SCHEDULE_CLOSE',
          'voting closes after the next issue is drafted, which then cannot report the result',
          'Set it to a time before SCHEDULE_DRAFT, for example an hour earlier on the same day.',
        ),
      ]
    : [];
}

/** Checks whether there are comparisons, and from two days before a draft, whether any can be used for it. */
export async function checkContent({ context }: CheckContext): Promise<Finding[]> {
  const { config, db, now } = context;
  const { count } = await db
    .selectFrom('comparisons')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  if (count === 0) {
    return [warning('content', 'no comparisons', 'Import some: `verdicts content import FILE`.')];
  }
  const { at, week } = findNextOccurrence(config.schedules.draft, now(), config.timezone);
  const isSoon = at.getTime() - now().getTime() < 2 * DAY_MS && !(await findIssue(db, week));
  return isSoon && (await countUsable(context, week, at)) === 0
    ? [
        warning(
          'content',
          `${count} comparisons, none of which can be used for the issue of ${week}`,
          'Publish new ones, check prices again, or add missing reviews; `verdicts issue show` of the previous issue says why it left some out.',
        ),
      ]
    : [fine('content', `${count} comparisons`)];
}

/**
 * The number of comparisons that would be picked, given what is published and how old prices are at the time of the
 * draft.
 */
async function countUsable(context: Context, week: Week, at: Date): Promise<number> {
  return context.db.transaction().execute(async (tx) => {
    const choice = chooseComparisons(await loadChoosingInput(context, tx, week, at));
    return choice.picks.length;
  });
}

/** Whether the last issue went out when it was due. */
export async function checkOverdue({ context }: CheckContext): Promise<Finding[]> {
  const overdue = await findOverdueIssue(context);
  return overdue ? [fault('schedule', overdue.reason, overdue.advice)] : [];
}
