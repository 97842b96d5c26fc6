import { AppError } from '../../errors.ts';
import type { Issue } from '../../issues/record/issue.ts';

const DAY_MS = 86_400_000;
/** After these days an issue is past: what is known of its deliveries is final. */
const PAST_DAYS = 90;

/** Whether more than PAST_DAYS have passed since `at`. */
export function isPast(at: Date, now: Date): boolean {
  return now.getTime() - at.getTime() > PAST_DAYS * DAY_MS;
}

/** Issues that ended before this are summarized: a day later, when nothing that began before they were past is still running. */
export function summarizedBefore(now: Date): Date {
  return new Date(now.getTime() - (PAST_DAYS + 1) * DAY_MS);
}

/** Throws AppError (`refused`) if staff can decide nothing more about the issue's deliveries. */
export function requireNotPast({ week, past_at, sent_at, cancelled_at }: Issue, now: Date): void {
  const ended_at = sent_at ?? cancelled_at;
  if (past_at || (ended_at && isPast(ended_at, now))) {
    throw new AppError(
      'refused',
      `The issue of ${week} ended more than ${PAST_DAYS} days ago; nothing more can be decided about its mails.`,
    );
  }
}
