import { sql } from 'kysely';
import { addressKey } from '../../database/address-key.ts';
import type { Context } from '../../context.ts';
import { messageOf } from '../../errors.ts';
import { findIssue } from '../../issues/record/issue.ts';
import { flagIdentity } from '../../database/identity.ts';
import type { Week } from '../../week.ts';
import { type ListedMail, listMails } from './_list-mails.ts';

/**
 * A disk that was set back to an earlier state looks as it did then, so somebody outside is asked as well: Resend lists a
 * newest mail that this database has not even tried to send. Then it is doubted as a moved one is. A key that may only
 * send cannot ask.
 */
export async function detectRollback(context: Context): Promise<void> {
  try {
    for await (const { mails } of listMails(context, 1)) {
      for (const [week, ofWeek] of Map.groupBy(mails, (mail) => mail.week)) {
        if (await isNews(context, week, ofWeek)) {
          await flagIdentity(context.db, `Resend has mails of ${week} that it has not sent yet`);
        }
      }
      return;
    }
  } catch (error) {
    context.log.debug({ reason: messageOf(error) }, 'Resend was not asked what went out last');
  }
}

async function isNews({ db }: Context, week: Week, mails: readonly ListedMail[]): Promise<boolean> {
  const issue = await findIssue(db, week);
  if (!issue?.prepared_at) {
    return true;
  }
  // In a later round the mail of the first one is listed while the delivery waits.
  const { rows } = await sql`
    select from unnest(${mails.map(({ email }) => email.toLowerCase())}::text[]) as listed (email)
    join subscribers on ${addressKey(sql`subscribers.email`)} = listed.email
    join deliveries on deliveries.issue_id = ${issue.id} and deliveries.subscriber_id = subscribers.id
    where deliveries.status = 'queued' and round = 1 limit 1`.execute(db);
  return rows.length > 0;
}
