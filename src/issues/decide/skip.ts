import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { addPins, removePins } from '../choose/pins.ts';
import { AppError } from '../../errors.ts';
import { type Week, weekOf } from '../../week.ts';
import { wasSentBeforeRestore } from './draft.ts';
import { updateRecaps } from './update-recaps.ts';
import { findSentOn, keepOneADay, lockSendDays } from './_one-a-day.ts';
import { isSkipped, nameOfStatus } from '../record/status.ts';
import { MISSED_BY_SKIPPING } from './hold.ts';
import { type Issue, lockIssue } from '../record/issue.ts';

/**
 * Why the issue has its status. A skipped issue has none: the stored reason is that of a hold, for when the skip is
 * taken back.
 */
export function reasonOfStatus(
  issue: Pick<Issue, 'status' | 'prepared_at' | 'status_reason'>,
): string | null {
  return isSkipped(issue) ? null : issue.status_reason;
}

/** The last week in which an issue can be sent at its time: its own, or that of its send time if that is later. */
export function lastWeekOf({ week, send_at }: Issue, timezone: string): Week {
  const sendWeek = send_at ? weekOf(send_at, timezone) : week;
  return sendWeek > week ? sendWeek : week;
}

/**
 * Skips the week: no issue goes out unless this is taken back before the week ends. The issue's hold is kept for that
 * case, and the comparisons that were pinned to it are pinned to the next one.
 */
export async function skipWeek({ db, now }: Context, week: Week): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (!['draft', 'approved', 'held'].includes(issue.status)) {
      throw new AppError(
        'refused',
        `The issue of ${week} is ${nameOfStatus(issue)}; only one that is a draft, approved or held can be skipped.`,
      );
    }
    await skipIssue(tx, issue, now());
  });
}

/** As `skipWeek`, for a locked issue of which nothing has been handed to Resend. */
export async function skipIssue(
  tx: Tx,
  { id, choice }: Pick<Issue, 'id' | 'choice'>,
  at: Date,
): Promise<void> {
  await tx
    .updateTable('issues')
    .set({ status: 'cancelled', cancelled_at: at })
    .where('id', '=', id)
    .execute();
  // Staff wanted these comparisons in an issue.
  const pinned = choice.picks.filter(({ origin }) => origin === 'pinned');
  await addPins(
    tx,
    pinned.map(({ slug }) => slug),
    at,
  );
}

/**
 * Takes back a skip: the issue becomes what it was before, a draft, approved or held. It is held if its send time has
 * passed, so that nobody is mailed at once, or if another issue went out on its day; if another waits for its day, the
 * one of the earlier week is held. Refused once the week is over.
 */
export async function unskipWeek(context: Context, week: Week): Promise<void> {
  const { config, db, now } = context;
  await db.transaction().execute(async (tx) => {
    await lockSendDays(tx);
    const issue = await lockIssue(tx, week);
    if (!isSkipped(issue)) {
      throw new AppError(
        'refused',
        `The issue of ${week} is ${nameOfStatus(issue)}; only a skipped week can be taken back.`,
      );
    }
    if (await wasSentBeforeRestore(tx, week)) {
      throw new AppError(
        'refused',
        `The issue of ${week} went out before this database was restored; taking the skip back would mail everybody twice.`,
      );
    }
    if (lastWeekOf(issue, config.timezone) < weekOf(now(), config.timezone)) {
      throw new AppError('refused', `The week ${week} is over; its issue can no longer be sent.`);
    }
    await tx
      .updateTable('issues')
      .set({
        ...statusBeforeSkip(issue, now()),
        ...(await holdIfAnotherWentOut(tx, issue, config.timezone, now())),
        cancelled_at: null,
      })
      .where('id', '=', issue.id)
      .execute();
    await removePins(tx, slugsOf(issue));
    await (issue.send_at && keepOneADay(context, tx, issue.send_at));
  });
  await updateRecaps(context);
}

function slugsOf({ content: { lead, more } }: Issue): string[] {
  return [lead, ...more].map(({ slug }) => slug);
}

/**
 * The columns that hold the issue if another one went out on the day planned for this one: readers would get two. If the
 * issue was already held before it was skipped, that reason is kept after this one.
 */
async function holdIfAnotherWentOut(tx: Tx, issue: Issue, timezone: string, now: Date) {
  const { held_at, send_at, status_reason } = issue;
  const sent = send_at && send_at > now ? await findSentOn(tx, send_at, timezone) : undefined;
  if (sent === undefined) {
    return {};
  }
  const reason = `the issue of ${sent} went out on the same day`;
  const earlier = held_at ? status_reason : null;
  return {
    status: 'held' as const,
    status_reason:
      earlier === null
        ? reason
        : earlier.startsWith(reason)
          ? earlier
          : `${reason}; before it was skipped: ${earlier}`,
    held_at: now,
  };
}

function statusBeforeSkip(
  { approved_at, held_at, send_at }: Issue,
  now: Date,
): Partial<Pick<Issue, 'status' | 'status_reason' | 'held_at'>> {
  if (held_at) {
    return { status: 'held' };
  }
  return send_at !== null && send_at <= now
    ? {
        status: 'held',
        status_reason: MISSED_BY_SKIPPING,
        held_at: now,
      }
    : { status: approved_at ? 'approved' : 'draft' };
}
