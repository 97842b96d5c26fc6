import { type ExpressionBuilder, type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../database/connect.ts';
import type { Database } from '../../database/schema.ts';

/**
 * A condition: the reader is active and not paused, prefers one mail a month, and has not yet been given the digest of
 * this month ("2026-11") or of a later one.
 */
export function isOwedDigest(month: string, at: Date) {
  return ({ and, eb, or }: ExpressionBuilder<Database, 'subscribers'>) =>
    and([
      eb('status', '=', 'active'),
      eb('frequency', '=', 'monthly'),
      or([eb('paused_until', 'is', null), eb('paused_until', '<=', at)]),
      or([eb('digest_month', 'is', null), eb('digest_month', '<', month)]),
    ]);
}

/**
 * A reader whose copy was lost is owed the digest of this month again, but not those of earlier months; nor if it was sent again
 * since, as another `order`. The first copy has none; the next one belongs to the order that is named here.
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
