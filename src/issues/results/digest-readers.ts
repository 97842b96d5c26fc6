import type { ExpressionBuilder } from 'kysely';
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
 * since, by another `order`, which copies of earlier versions do not name.
 */
export async function oweDigest(
  tx: Tx,
  readerId: number,
  month: string,
  order: string | undefined,
): Promise<void> {
  await tx
    .updateTable('subscribers')
    .set({ digest_month: monthBefore(month) })
    .where('id', '=', readerId)
    .where('digest_month', '=', month)
    .where(({ eb, or }) => or([eb('digest_order', 'is', null), eb('digest_order', '=', order ?? null)]))
    .execute();
}

/** "2026-11" of `digest-2026-11`, the kind of a letter. */
export function monthOfDigest(kind: string): string | undefined {
  return /^digest-(\d{4}-\d{2})$/.exec(kind)?.[1];
}

function monthBefore(month: string): string {
  return Temporal.PlainYearMonth.from(month).subtract({ months: 1 }).toString();
}
