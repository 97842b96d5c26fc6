import { type RawBuilder, sql } from 'kysely';
import type { Tx } from './connect.ts';

/**
 * Calls `handle` with the rows of `query`, at most `size` at a time, through a cursor of the transaction: however many rows
 * there are, only that many are in memory.
 */
export async function readInPortions<Row>(
  tx: Tx,
  query: RawBuilder<Row>,
  size: number,
  handle: (rows: Row[]) => Promise<void> | void,
): Promise<void> {
  // All rows are fetched, so nothing is gained by a plan that returns the first ones early.
  await sql`set local cursor_tuple_fraction = 1`.execute(tx);
  await sql`declare portions no scroll cursor for ${query}`.execute(tx);
  for (;;) {
    const { rows } = await sql<Row>`fetch ${sql.lit(size)} from portions`.execute(tx);
    await (rows.length > 0 && handle(rows));
    if (rows.length < size) {
      break;
    }
  }
  await sql`close portions`.execute(tx);
}
