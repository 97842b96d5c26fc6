import type { Context } from '../../context.ts';
import { holdIssue } from '../../issues/decide/hold.ts';
import { describeSendTime } from '../../issues/record/send-time.ts';
import type { Week } from '../../week.ts';

/**
 * An issue that this database has as unsent may have gone out before `listed_since`, so that Resend does not list it any more: holds
 * such issues, and returns their weeks.
 */
export async function holdUnlisted(context: Context, listed_since: Date): Promise<Week[]> {
  const { config, db } = context;
  const waiting = await db
    .selectFrom('issues')
    .select(['week', 'send_at'])
    .where('status', 'in', ['draft', 'approved'])
    .where('send_at', '<', listed_since)
    .execute();
  for (const { week, send_at } of waiting) {
    const time = send_at ? describeSendTime(send_at, config.timezone) : 'its time';
    await holdIssue(
      context,
      week,
      `it may have gone out at ${time}, before this database was restored, and Resend lists no mails that are so old; cancel it unless you know that it did not`,
      { onlyIf: ({ status }) => status === 'draft' || status === 'approved' },
    );
  }
  return waiting.map(({ week }) => week);
}
