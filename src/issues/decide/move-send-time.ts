import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { shiftWeek, type Week, weekOf } from '../../week.ts';
import { findSentOn, listWaitingOn, lockSendDays } from './_one-a-day.ts';
import { hashContent } from '../record/content-hash.ts';
import { type Issue, lockIssue } from '../record/issue.ts';
import { nameOfStatus } from '../record/status.ts';
import { describeClosing, describeSendTime, namesClosing } from '../record/send-time.ts';

/**
 * Moves the time at which an issue goes out: to the future, and at the latest to the end of the week after its own.
 * `local` is in the newsletter's time zone, such as `2026-12-01T09:00`. An approved mail says when voting ends, so a
 * time that would change that is refused until the approval is withdrawn.
 */
export async function moveSendTime({ config, db, now }: Context, week: Week, local: string): Promise<void> {
  const at = parseLocal(local, config.timezone);
  if (at <= now()) {
    throw new AppError(
      'invalid_input',
      'The time must be in the future. To send an approved issue at once, press “Send it now”.',
    );
  }
  if (weekOf(at, config.timezone) > shiftWeek(week, 1)) {
    throw new AppError(
      'invalid_input',
      `The issue of ${week} can go out no later than the end of the week after it.`,
    );
  }
  await db.transaction().execute(async (tx) => {
    await lockSendDays(tx);
    const issue = await lockIssue(tx, week);
    if (!['draft', 'approved', 'held'].includes(issue.status)) {
      throw new AppError(
        'refused',
        `The issue of ${week} is ${nameOfStatus(issue)}; its time can no longer be moved.`,
      );
    }
    const reviewEnds = new Date(issue.drafted_at.getTime() + config.reviewWindowMs);
    if (!issue.approved_at && at < reviewEnds) {
      throw new AppError(
        'refused',
        `The issue of ${week} is not approved, and staff have until ${describeSendTime(reviewEnds, config.timezone)} to review it. Approve it, or choose a later time.`,
      );
    }
    await requireFreeDay(tx, issue, at, config.timezone);
    const votes_until = describeClosing(config, week, at);
    const isChanged = !namesClosing(issue.content.votes_until, votes_until);
    if (isChanged && issue.approved_at) {
      throw new AppError(
        'refused',
        `The approved mail says that voting ends ${issue.content.votes_until}; sent then, it would end ${votes_until}. Withdraw the approval first.`,
      );
    }
    const content = { ...issue.content, votes_until };
    await tx
      .updateTable('issues')
      .set({
        send_at: at,
        ...(isChanged ? { content: JSON.stringify(content), content_hash: hashContent(content) } : {}),
      })
      .where('id', '=', issue.id)
      .execute();
  });
}

/** Refuses a day on which another issue went out or waits to go out, unless this issue waits for that day already. */
async function requireFreeDay(tx: Tx, issue: Issue, at: Date, timezone: string): Promise<void> {
  const sent = await findSentOn(tx, at, timezone);
  if (sent) {
    throw new AppError(
      'refused',
      `The issue of ${sent} went out on that day: readers would get two. Choose another day.`,
    );
  }
  const waiting = await listWaitingOn(tx, at, timezone);
  const other = waiting.find(({ id }) => id !== issue.id);
  if (other && !waiting.some(({ id }) => id === issue.id)) {
    throw new AppError(
      'refused',
      `The issue of ${other.week} goes out on that day, ${describeSendTime(other.send_at, timezone)}: readers would get two. Choose another day, or move or skip that one first.`,
    );
  }
}

function parseLocal(local: string, timezone: string): Date {
  try {
    // Temporal would ignore an offset or a zone.
    if (!/^[\d-]+[T ][\d:]+$/i.test(local.trim())) {
      throw new RangeError('not a local time');
    }
    const time = Temporal.PlainDateTime.from(local.trim().replace(' ', 'T'));
    return new Date(time.toZonedDateTime(timezone).epochMilliseconds);
  } catch {
    throw new AppError(
      'invalid_input',
      `"${local}" is not a time in ${timezone}; write it as 2026-12-01 09:00.`,
    );
  }
}
