import type { Tx } from '../database/connect.ts';
import type { Log } from '../log.ts';
import { type Boss, enqueue } from './queue.ts';

export interface StaffNotice {
  /** "Held: issue of 2026-W48" */
  title: string;
  /** What happened and what to do about it; each line is a paragraph. */
  message: string;
  /** Pairs of label and value. */
  figures?: [string, string][];
  /** The issue whose page in the studio has more. */
  week?: string;
  /** For information only; otherwise somebody has to act. */
  is_routine?: boolean;
}

/** The parts of `Context` that `notifyStaff` uses. */
interface NotifyContext {
  boss: Boss;
  config: { staffEmails: readonly string[] };
  log: Log;
  now: () => Date;
}

/** Notifies staff once per `subjectKey`: in the log, in the studio, and by mail if STAFF_EMAILS is set. */
export async function notifyStaff(
  { boss, config, log, now }: NotifyContext,
  tx: Tx,
  subjectKey: string,
  { message, ...details }: StaffNotice,
): Promise<void> {
  const notice = await tx
    .insertInto('staff_notices')
    .values({ subject_key: subjectKey, message, details: JSON.stringify(details), created_at: now() })
    .onConflict((conflict) => conflict.column('subject_key').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!notice) {
    return;
  }
  log[details.is_routine ? 'info' : 'warn']({ notice: subjectKey }, message);
  if (config.staffEmails.length > 0) {
    await enqueue(boss, tx, 'send-staff-notice', [
      { key: String(notice.id), data: { notice_id: notice.id } },
    ]);
  }
}
