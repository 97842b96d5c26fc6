import { type RawBuilder, sql } from 'kysely';

/**
 * When a mail arrived, as far as Resend has reported it: a mail host may accept it long after Resend did, and its scanner opens the
 * links then. `delivery`: the table's alias.
 */
export function arrivedAt(delivery: string): RawBuilder<Date | null> {
  const column = (name: string) => sql.ref(`${delivery}.${name}`);
  return sql`coalesce(${column('delivered_at')}, greatest(${column('submitted_at')}, ${column('delayed_at')}))`;
}
