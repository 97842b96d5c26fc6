import { type RawBuilder, sql } from 'kysely';

/**
 * The case-insensitive key of an address. It uses the "C" collation because plain `lower` follows the database's
 * locale, in which lower-case I may not be i. Stored addresses are ASCII, so JavaScript's `toLowerCase` gives the same
 * result. Must match the expression of the index `subscribers_address`.
 */
export function addressKey(address: RawBuilder<unknown> = sql.ref('email')): RawBuilder<string> {
  return sql<string>`lower(${address} collate "C")`;
}
