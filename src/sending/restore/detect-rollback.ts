import { sql } from 'kysely';
import { addressKey } from '../../database/address-key.ts';
import type { Context } from '../../context.ts';
import { messageOf } from '../../errors.ts';
import { wasSentBeforeRestore } from '../../issues/decide/draft.ts';
import { findIssue } from '../../issues/record/issue.ts';
import { markAsMoved } from '../../installation/identity.ts';
import type { Week } from '../../week.ts';
import type { Lane } from '../lanes/lanes.ts';
import { type ListedMail, listMails, ensureTeams } from './_list-mails.ts';

const MAX_ATTEMPTS = 3;

/**
 * Detects a disk that was rolled back to an earlier state, which the database itself cannot notice: if Resend's newest
 * mails include one that this database has not attempted, it is flagged like a moved one. Does nothing with a key that
 * may only send, which cannot list mails.
 */
export async function detectRollback(context: Context): Promise<void> {
  for (const team of await ensureTeams(context)) {
    await compareNewest(context, team).catch((error: unknown) => {
      const reason = messageOf(error);
      // Expected of a key that may only send; anything else means that a reset disk would go unnoticed.
      const level = reason.includes('restricted to only send') ? 'debug' : 'warn';
      context.log[level]({ reason }, 'could not compare this database with the newest mails at Resend');
    });
  }
}

async function compareNewest(context: Context, team: Lane): Promise<void> {
  const { value: newest } = await listMails(context, team, context.now(), MAX_ATTEMPTS).next();
  for (const [week, ofWeek] of Map.groupBy(newest?.mails ?? [], (mail: ListedMail) => mail.week)) {
    if (await hasUnsentMail(context, week, ofWeek)) {
      await markAsMoved(context.db, `Resend has mails of ${week} that this database has not sent yet`);
    }
  }
}

async function hasUnsentMail({ db }: Context, week: Week, mails: readonly ListedMail[]): Promise<boolean> {
  const issue = await findIssue(db, week);
  if (!issue?.prepared_at) {
    // `verdicts restored` has recorded the weeks that a restore lost; nothing can be done about their mails.
    return !(await wasSentBeforeRestore(db, week));
  }
  // In a later round Resend lists the first round's mail while the delivery is queued again.
  const { rows } = await sql`
    select from unnest(${mails.map(({ email }) => email.toLowerCase())}::text[]) as listed (email)
    join subscribers on ${addressKey(sql`subscribers.email`)} = listed.email
    join deliveries on deliveries.issue_id = ${issue.id} and deliveries.subscriber_id = subscribers.id
    where deliveries.status = 'queued' and round = 1 limit 1`.execute(db);
  return rows.length > 0;
}
