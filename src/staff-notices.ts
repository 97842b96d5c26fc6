import type { Context } from './context.ts';
import type { Tx } from './database.ts';
import { enqueue } from './queue.ts';
import type { StaffNoticeDetails } from './schema.ts';

/** Tells staff once per `subjectKey`: in the log, in the studio, and by mail where STAFF_EMAILS is set. */
export async function tellStaff(
  { boss, config, log, now }: Context,
  tx: Tx,
  subjectKey: string,
  message: string,
  details: StaffNoticeDetails = {},
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
  log.warn({ notice: subjectKey }, message);
  if (config.staffEmails.length > 0) {
    await enqueue(boss, tx, 'send-staff-notice', [
      { key: String(notice.id), data: { notice_id: notice.id } },
    ]);
  }
}
