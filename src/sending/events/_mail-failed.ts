import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import type { Row } from '../../database/schema.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import type { ResendEvent } from './read-event.ts';

/** Resend had accepted a mail of an issue and did not send it: staff are told once per day and issue, since only they send it again. */
export async function reportFailedMail(
  context: Context,
  tx: Tx,
  { issue_id }: Row<'deliveries'>,
  { data }: ResendEvent,
): Promise<void> {
  const { week } = await tx
    .selectFrom('issues')
    .select('week')
    .where('id', '=', issue_id)
    .executeTakeFirstOrThrow();
  const day = context.now().toISOString().slice(0, 10);
  await notifyStaff(context, tx, `failed ${week} ${day}`, {
    title: `Not sent: mails of ${week}`,
    message:
      `Resend accepted at least one mail of ${week} and did not send it (${data.failed?.reason ?? 'no reason given'}). ` +
      `None is sent again automatically. See \`verdicts issue recipients ${week} --status failed\`; once the cause is gone, ` +
      `\`verdicts issue send-again ${week} --status failed\` sends them again.`,
    week,
  });
}
