import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { type Db, preparedStatement, type Tx } from '../../database/connect.ts';
import { transitionIssue } from '../../issues/record/status.ts';
import type { DeliveryStatus } from '../../database/schema.ts';
import { announce } from '../../outgoing-webhooks/announce.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import { countDeliveries } from './count-deliveries.ts';

/**
 * Marks an issue as sent once none of its batches has work left. Call it after a batch is settled, never in the same
 * transaction: if the last two batches settle at once, each would see the other as unfinished.
 */
export async function finishIssueWhenDone(context: Context, issueId: number): Promise<void> {
  const { db, preparedDb, now } = context;
  if (!(await hasOpenBatch(preparedDb, issueId))) {
    await db.transaction().execute(async (tx) => {
      // Staff may be sending some of it again at this moment.
      const before = await tx
        .selectFrom('issues')
        .select('sent_at')
        .where('id', '=', issueId)
        .forUpdate()
        .executeTakeFirst();
      if (await hasOpenBatch(tx, issueId)) {
        return;
      }
      const week = await transitionIssue(tx, issueId, ['sending', 'paused'], 'sent', now());
      if (week) {
        await notifySent(context, tx, issueId, { week, is_first: before?.sent_at === null });
      }
    });
  }
}

/** Statuses as literals, as in the index `batches_open`: a prepared plan could not use it for parameters. */
async function hasOpenBatch(db: Db | Tx, issueId: number): Promise<boolean> {
  const { rows } = await sql`
    ${preparedStatement('find-open-batch')}
    select from batches where issue_id = ${issueId} and status in ('queued', 'submitting') limit 1`.execute(
    db,
  );
  return rows.length > 0;
}

/** Labels for staff; statuses without mails are left out. */
const LABELS: Partial<Record<DeliveryStatus, string>> = {
  skipped: 'Skipped: left, suppressed, paused or on the digest',
  rejected: 'Rejected by Resend',
  failed: 'Failed: accepted by Resend, but not sent',
  unknown: 'Unknown: may or may not have gone out',
};

/** Staff are told each time, other systems only the first time: mails that staff send again are not a new issue. */
async function notifySent(
  context: Context,
  tx: Tx,
  issueId: number,
  { week, is_first }: { week: string; is_first: boolean },
): Promise<void> {
  const counts = await countDeliveries(tx, issueId);
  const excluded = new Set(['queued', 'cancelled', ...Object.keys(LABELS)]);
  const submitted = Object.entries(counts).reduce(
    (sum, [status, count]) => sum + (excluded.has(status) ? 0 : count),
    0,
  );
  const { number, subject, seconds } = await tx
    .selectFrom('issues')
    .innerJoin('issue_renderings', 'issue_id', 'issues.id')
    .select(['number', 'subject'])
    .select(sql<number>`extract(epoch from sent_at - prepared_at)::integer`.as('seconds'))
    .where('issues.id', '=', issueId)
    .executeTakeFirstOrThrow();
  const data = { week, number, subject, url: `${context.config.publicUrl}/issues/${week}`, mails: submitted };
  await (is_first && announce(tx, { type: 'issue.sent', at: context.now(), data }));
  await notifyStaff(context, tx, `sent ${week} ${context.now().toISOString()}`, {
    title: `Finished: issue ${number}`,
    message:
      `Issue ${number}, “${subject}”, has been sent. Resend reports each delivery as it happens.` +
      (counts.rejected
        ? ` Rejected mails can be sent again with \`verdicts issue send-again ${week} --status rejected\`.`
        : ''),
    is_routine: submitted > 0 || !(counts.rejected || counts.failed),
    figures: [
      ['Submitted', submitted.toLocaleString('en')],
      ...Object.entries(LABELS).flatMap(([status, label]): [string, string][] => {
        const count = counts[status as DeliveryStatus];
        return count ? [[label, count.toLocaleString('en')]] : [];
      }),
      ['Duration', describeDuration(seconds)],
    ],
    week,
  });
}

function describeDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return hours > 0
    ? `${hours} h ${minutes % 60} min`
    : minutes > 0
      ? `${minutes} min ${seconds % 60} s`
      : `${seconds} s`;
}
