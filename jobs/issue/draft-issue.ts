import type { Context } from '../../src/context.ts';
import { isInFuture } from '../../src/installation/clock-skew.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import type { Tx } from '../../src/database/connect.ts';
import type { Issue } from '../../src/issues/record/issue.ts';
import { describeSendTime } from '../../src/issues/record/send-time.ts';
import type { Jobs } from '../../src/queue/queue.ts';
import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { notifyStaff } from '../../src/queue/notify-staff.ts';
import { findLastOccurrence, weekOf } from '../../src/week.ts';
import { notifyNotDrafted } from './not-drafted.ts';

/**
 * Drafts the week's issue. If that week is over by the time the job runs, it drafts nothing and tells staff: a late draft
 * would use up comparisons that the next issue needs.
 */
export async function draftIssueJob(context: Context, { week, due_at }: Jobs['draft-issue']): Promise<void> {
  const { schedules, timezone } = context.config;
  if (due_at !== undefined && isInFuture(new Date(due_at), context.now())) {
    throw new RetryLater('a clock was ahead: the draft is not due yet');
  }
  if (due_at !== undefined && week < weekOf(context.now(), timezone)) {
    const { at, period } = findLastOccurrence(schedules.draft, new Date(due_at), timezone);
    return context.db.transaction().execute((tx) => notifyNotDrafted(context, tx, [{ at, period, week }]));
  }
  const result = await context.tracing.traceIssue(
    { installation: context.installation.id, week },
    'draft',
    () =>
      draftIssue(context, week, due_at === undefined ? undefined : new Date(due_at), (tx, issue) =>
        notifyDraftReady(context, tx, issue),
      ),
    ({ kind }) => ({ result: kind }),
  );
  context.log.info({ week, result: result.kind }, 'draft job finished');
}

async function notifyDraftReady(context: Context, tx: Tx, issue: Issue): Promise<void> {
  const { approval, timezone } = context.config;
  const { week, number, content, status, status_reason, send_at } = issue;
  const time = send_at ? describeSendTime(send_at, timezone) : '';
  const next =
    status === 'held'
      ? `It is held: ${status_reason}.`
      : approval === 'required'
        ? `Once it is approved, it goes out on ${time}.`
        : `Unless somebody holds it, it goes out on ${time}.`;
  await notifyStaff(context, tx, `draft ${week}`, {
    title: `Draft ready: issue ${number}`,
    is_routine: status !== 'held',
    message: `Issue ${number}, “${content.subject}”, is drafted. ${next}`,
    figures: [
      ['Lead', content.lead.headline],
      ['Also compared', content.more.map(({ headline }) => headline).join('; ') || 'nothing'],
      ['Send time', status === 'held' ? 'none: held' : time],
    ],
    week,
  });
}
