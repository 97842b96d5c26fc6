import type { Context } from '../src/context.ts';
import type { Jobs } from '../src/queue.ts';
import { submitMail } from '../src/sending/submit-mail.ts';

export async function sendStaffNoticeJob(
  context: Context,
  { notice_id }: Jobs['send-staff-notice'],
): Promise<void> {
  const { config, db, installation } = context;
  const notice = await db
    .selectFrom('staff_notices')
    .selectAll()
    .where('id', '=', notice_id)
    .executeTakeFirst();
  if (notice && config.staffEmails.length > 0) {
    const [subject = ''] = notice.message.split('\n');
    await submitMail(
      context,
      {
        from: config.mailFrom,
        to: config.staffEmails,
        subject: `[Weekly Verdicts] ${subject}`.slice(0, 150),
        text: `${notice.message}\n\n${config.postalAddress}\n`,
      },
      `staff-notice-${installation.id}-${notice_id}`,
      notice.created_at,
    );
  }
}
