import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import type { DeliveryStatus } from '../database/schema.ts';
import { hasEventSql, PART_SIZE, statusSql } from './outcome.ts';

export interface PastDelivery {
  week: string;
  status: DeliveryStatus;
  was_opened: boolean;
  was_clicked: boolean;
}

/** A reader's deliveries of past issues, newest week first. */
export async function listPastDeliveries(db: Db, subscriberId: number): Promise<PastDelivery[]> {
  const { rows } = await sql<PastDelivery>`
    select week, ${sql.raw(statusSql('outcome'))} as status, ${sql.raw(hasEventSql('outcome', 'opened'))} as was_opened,
      ${sql.raw(hasEventSql('outcome', 'clicked'))} as was_clicked
    from (${outcomesOf(sql`${subscriberId}::bigint`)}) as theirs
    where outcome > 0
    order by week desc`.execute(db);
  return rows;
}

/**
 * In SQL: how many mails of past issues that began to go out between these times Resend accepted for a reader. A reader who did
 * something after that may not have had the mail yet; counted by the end of the issue, mails that they had had would count.
 */
export function countPastMails(
  id: RawBuilder<unknown>,
  since: RawBuilder<unknown>,
  until: RawBuilder<unknown>,
): RawBuilder<number> {
  return sql`(
    select count(*) from (${outcomesOf(id)}) as theirs
    where prepared_at > ${since} and prepared_at < ${until} and ${sql.raw(hasEventSql('outcome', 'submitted'))}
      and ${sql.raw(statusSql('outcome'))} not in ('failed', 'suppressed'))`;
}

function outcomesOf(id: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select week, prepared_at, get_byte(outcomes, (${id} % ${sql.lit(PART_SIZE)})::integer) as outcome
    from issues join past_deliveries on issue_id = issues.id and part = ${id} / ${sql.lit(PART_SIZE)}
    where past_at is not null`;
}

/** In SQL: `subscriber_id` and `outcome_status` of all recipients of an issue if it is past. */
export function pastRecipientsOf(issueId: number): string {
  return `
    select part::bigint * ${PART_SIZE} + place as subscriber_id, ${statusSql('outcome')} as outcome_status
    from issues join past_deliveries on issue_id = issues.id cross join lateral (
      select place, get_byte(outcomes, place) as outcome from generate_series(0, ${PART_SIZE - 1}) as place
    ) as readers
    where issue_id = ${issueId} and past_at is not null and outcome > 0`;
}
