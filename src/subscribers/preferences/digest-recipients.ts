import { type ExpressionBuilder, type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';
import type { Database } from '../../database/schema.ts';

/**
 * A condition: the reader is active and not paused, prefers one mail a month, and has not yet been given the digest of
 * this month ("2026-11") or of a later one. Readers who joined after the month ended get its digest only if it is last month's.
 */
export function isOwedDigest(month: string, at: Date, timezone: string) {
  const today = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timezone);
  const isNews = month >= monthBefore(today.toPlainDate().toPlainYearMonth().toString());
  return ({ and, eb, lit, or }: ExpressionBuilder<Database, 'subscribers'>) =>
    and([
      isNews ? lit(true) : eb('confirmed_at', '<', endOf(month)),
      eb('status', '=', 'active'),
      eb('frequency', '=', 'monthly'),
      or([eb('paused_until', 'is', null), eb('paused_until', '<=', at)]),
      or([eb('digest_month', 'is', null), eb('digest_month', '<', month)]),
    ]);
}

/**
 * Records that a reader's copy of this month's digest was lost, so that they are sent it again, as a new `order`; earlier months
 * are not sent again. Does nothing if `order` (undefined for the first sending) is no longer the latest.
 */
export async function oweDigest(
  tx: Tx,
  readerId: number,
  month: string,
  order: string | undefined,
  at: Date,
): Promise<void> {
  await tx
    .updateTable('subscribers')
    .set({ digest_month: monthBefore(month), digest_order: `${month}-${at.getTime()}` })
    .where('id', '=', readerId)
    .where('digest_month', '=', month)
    .where(orderOf(month), 'is not distinct from', order ?? null)
    .execute();
}

/** In UTC: to the hour, it does not matter. */
function endOf(month: string): Date {
  return new Date(`${Temporal.PlainYearMonth.from(month).add({ months: 1 }).toString()}-01T00:00:00Z`);
}

/** The order to which a reader's next copy of this month's digest belongs: null, unless one was lost. */
export function orderOf(month: string): RawBuilder<string | null> {
  return sql`case when digest_order like ${`${month}-%`} then digest_order end`;
}

/** "2026-11" of `digest-2026-11`, the kind of a letter. */
export function monthOfDigest(kind: string): string | undefined {
  return /^digest-(\d{4}-\d{2})$/.exec(kind)?.[1];
}

function monthBefore(month: string): string {
  return Temporal.PlainYearMonth.from(month).subtract({ months: 1 }).toString();
}
