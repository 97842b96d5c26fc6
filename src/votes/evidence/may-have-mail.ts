import { type RawBuilder, sql } from 'kysely';

/**
 * Whether the reader of a delivery may have the mail. One that was sent again may have arrived before, even if it was then
 * skipped or rejected. `delivery`: the table's alias.
 */
export function mayHaveMail(delivery: string): RawBuilder<boolean> {
  const column = (name: string) => sql.ref(`${delivery}.${name}`);
  return sql`(${column('status')} not in ('skipped', 'cancelled', 'rejected') or ${column('round')} > 1)`;
}
