import type { PgBoss } from 'pg-boss';
import type { Tx } from '../database/connect.ts';
import type { Log } from '../log.ts';
import { enqueue } from './queue.ts';

export interface StaffNotice {
  /** "Held: issue of 2026-W48" */
  title: string;
  /** What happened and what to do about it; each line is a paragraph. */
  message: string;
  /** Label and value. */
  figures?: [string, string][];
  /** Whose page in the studio shows more. */
  week?: string;
  /** All is well; otherwise somebody has to see to something. */
  is_routine?: boolean;
}

/** The parts of a `Context` that telling staff takes. */
interface NotifyContext {
  boss: PgBoss;
  config: { staffEmails: readonly string[] };
  log: Log;
  now: () => Date;
}

/** Tells staff once per `subjectKey`: in the log, in the studio, and by mail where STAFF_EMAILS is set. */
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
