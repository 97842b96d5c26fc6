import { type RawBuilder, sql } from 'kysely';

/**
 * The key of an address: capitals make no difference. Folded in one language, since `lower` by itself goes by the
 * database's locale, and in some of those the small letter of I is not i. Addresses are ASCII as we store them, so that
 * JavaScript's `toLowerCase` gives the same. The expression of the index `subscribers_address`.
 */
export function addressKey(address: RawBuilder<unknown> = sql.ref('email')): RawBuilder<string> {
  return sql<string>`lower(${address} collate "C")`;
}
