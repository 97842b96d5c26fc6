import type { Context } from '../../src/context.ts';
import { AppError } from '../../src/errors.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { holdIssue } from '../../src/issues/decide/hold.ts';
import { findIssue, type Issue } from '../../src/issues/record/issue.ts';
import { sendTimeOf } from '../../src/issues/record/send-time.ts';
import type { Jobs } from '../../src/queue/queue.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { type StaffNotice, notifyStaff } from '../../src/queue/notify-staff.ts';

/** Sends an issue at its time unless staff hold it or, with APPROVAL=required, have not approved it. */
export async function sendIssueJob(context: Context, { week }: Jobs['send-issue']): Promise<void> {
  const issue = await findIssue(context.db, week);
  if (issue && (issue.send_at ?? sendTimeOf(context.config, issue).at) > context.now()) {
    // Enqueued by an older version, which ignored the issue's own send time.
    return;
  }
  if (issue?.status === 'draft' && !(await approveByTimetable(context, issue))) {
    return;
  }
  if (issue?.status === 'draft' || issue?.status === 'approved') {
    const readers = await context.tracing.traceIssue(
      { installation: context.installation.id, week },
      'prepare',
      () => prepareIssue(context, week, { isScheduled: true }),
      (readers) => ({ readers }),
    );
    if (readers !== undefined) {
      context.log.info({ week, readers }, 'sending started');
    }
  }
}

async function approveByTimetable(context: Context, { week, send_at }: Issue): Promise<boolean> {
  if (context.config.approval === 'required') {
    await notify(context, `approval ${week} ${send_at?.toISOString() ?? ''}`, {
      title: `Waiting for approval: issue of ${week}`,
      message: `The issue of ${week} is waiting for approval; its send time has passed.`,
      week,
    });
    return false;
  }
  try {
    // If somebody holds it at this moment, it stays held.
    await approveIssue(context, week, 'timetable', { expectedHold: '' });
    return true;
  } catch (error) {
    if (!(error instanceof AppError)) {
      throw error;
    }
    if ((await findIssue(context.db, week))?.status !== 'draft') {
      return false;
    }
    const reason = [error.message, ...error.problems].join('\n');
    await holdIssue(context, week, reason, {
      notify: (tx) =>
        notifyStaff(context, tx, `checks ${week} ${context.now().toISOString()}`, {
          title: `Held: issue of ${week}`,
          message: `The issue of ${week} is held. ${reason}`,
          week,
        }),
      onlyIf: ({ status }) => status === 'draft',
    });
    return false;
  }
}

async function notify(context: Context, key: string, notice: StaffNotice): Promise<void> {
  await context.db.transaction().execute((tx) => notifyStaff(context, tx, key, notice));
}
