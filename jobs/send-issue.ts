import type { Context } from '../src/context.ts';
import { AppError } from '../src/errors.ts';
import { approveIssue } from '../src/issues/decide/approve.ts';
import { holdIssue } from '../src/issues/decide/hold.ts';
import { findIssue, type Issue } from '../src/issues/record/issue.ts';
import { sendTimeOf } from '../src/issues/record/send-time.ts';
import type { Jobs } from '../src/queue/queue.ts';
import { prepareIssue } from '../src/sending/prepare/prepare-issue.ts';
import { type StaffNotice, notifyStaff } from '../src/queue/notify-staff.ts';

/** An issue goes out at its time unless staff hold it or, with APPROVAL=required, have not approved it. */
export async function sendIssueJob(context: Context, { week }: Jobs['send-issue']): Promise<void> {
  const issue = await findIssue(context.db, week);
  if (issue && (issue.send_at ?? sendTimeOf(context.config, issue).at) > context.now()) {
    // A version that went by the timetable alone asked for it.
    return;
  }
  if (issue?.status === 'draft' && !(await approveByTimetable(context, issue))) {
    return;
  }
  if (issue?.status === 'draft' || issue?.status === 'approved') {
    const readers = await prepareIssue(context, week);
    context.log.info({ week, readers }, 'sending');
  }
}

async function approveByTimetable(context: Context, { week }: Issue): Promise<boolean> {
  if (context.config.approval === 'required') {
    await tell(context, `approval ${week}`, {
      title: `Waiting for approval: issue of ${week}`,
      message: `The issue of ${week} waits for approval: its time to be sent has come.`,
      week,
    });
    return false;
  }
  try {
    await approveIssue(context, week, 'timetable');
    return true;
  } catch (error) {
    if (!(error instanceof AppError)) {
      throw error;
    }
    const reason = [error.message, ...error.problems].join('\n');
    await holdIssue(context, week, reason);
    await tell(context, `checks ${week}`, {
      title: `Held: issue of ${week}`,
      message: `The issue of ${week} is held. ${reason}`,
      week,
    });
    return false;
  }
}

async function tell(context: Context, key: string, notice: StaffNotice): Promise<void> {
  await context.db.transaction().execute((tx) => notifyStaff(context, tx, key, notice));
}
