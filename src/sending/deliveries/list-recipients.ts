import { sql } from 'kysely';
import pg from 'pg';
import type { Context } from '../../context.ts';
import { copyJsonArray, copyLines, formatInstantSql } from '../../database/copy.ts';
import type { Db } from '../../database/connect.ts';
import { pastRecipientsOf } from '../../past/past-deliveries.ts';
import type { DeliveryStatus } from '../../database/schema.ts';

/** Staff decisions about a delivery: what, when and by whom. */
const DECISIONS = `(
  select string_agg(decision || ' (' || to_char(decided_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC, ' || decided_by || ')', '; ' order by id)
  from delivery_decisions where delivery_id = deliveries.id)`;

const ADDRESS = `coalesce(deliveries.email, subscribers.email, '(erased)')`;

export interface Recipient {
  delivery_id: number;
  /** Not masked; null once the reader is erased. */
  email: string | null;
  status: DeliveryStatus;
  reason: string | null;
  decisions: string | null;
}

/** The first deliveries of an issue that need a decision by staff and have this status. */
export async function listOpenRecipients(
  db: Db,
  issueId: number,
  status: DeliveryStatus,
  limit: number,
): Promise<Recipient[]> {
  const { rows } = await sql<Recipient>`
    select deliveries.id as delivery_id, coalesce(deliveries.email, subscribers.email) as email, deliveries.status, reason,
      ${sql.raw(DECISIONS)} as decisions
    from (
      select delivery_id from open_deliveries where issue_id = ${issueId} and status = ${status}
      order by delivery_id limit ${limit}
    ) as open
    join deliveries on deliveries.id = open.delivery_id
    left join subscribers on subscribers.id = subscriber_id
    order by deliveries.id`.execute(db);
  return rows;
}

/** All deliveries of an issue, or those with a status, in sending order, as one JSON array. */
export function formatRecipientsAsJson(
  { pool }: Context,
  issueId: number,
  status?: DeliveryStatus,
): AsyncIterable<Buffer> {
  return copyJsonArray(
    pool,
    `select deliveries.id as delivery_id, coalesce(deliveries.email, subscribers.email) as email, deliveries.status, reason,
      resend_id, ${formatInstantSql('submitted_at')} as submitted_at, round, ${DECISIONS} as decisions
    from ${deliveriesOf(issueId, status)} order by batch_id, position, subscriber_id`,
  );
}

/** An issue’s deliveries as aligned text: address, status, reason, decisions. */
export async function formatRecipients(
  { pool }: Context,
  issueId: number,
  status?: DeliveryStatus,
): Promise<AsyncIterable<Buffer>> {
  const { rows } = await pool.query<{ email: number | null; status: number | null; reason: number }>(`
    select max(length(${ADDRESS}))::integer as email, max(length(deliveries.status))::integer as status,
      coalesce(max(length(reason)), 0)::integer as reason
    from ${deliveriesOf(issueId, status)}`);
  const widths = rows[0]!;
  return copyLines(
    pool,
    widths.email === null
      ? `select 'Nobody.'`
      : `select rtrim(regexp_replace(concat_ws('  ', rpad(${ADDRESS}, ${widths.email}), rpad(deliveries.status, ${widths.status}),
          rpad(coalesce(reason, ''), ${widths.reason}), ${DECISIONS}), '[[:cntrl:]]', ' ', 'g'))
        from ${deliveriesOf(issueId, status)} order by batch_id, position, subscriber_id`,
  );
}

/** The source of a query, with the addresses of readers who are not erased. Of a past issue only the status is known. */
function deliveriesOf(issueId: number, status: DeliveryStatus | undefined): string {
  const isChosen = status ? ` and deliveries.status = ${pg.escapeLiteral(status)}` : '';
  return `(
    select id, subscriber_id, batch_id, position, email, status, reason, resend_id, submitted_at, round
    from deliveries where issue_id = ${issueId}
    union all select null, subscriber_id, null, null, null, outcome_status, null, null, null, null
    from (${pastRecipientsOf(issueId)}) as past
  ) as deliveries left join subscribers on subscribers.id = subscriber_id where true${isChosen}`;
}
