import { type RawBuilder, sql } from 'kysely';
import { MAIL_CLASS } from './join-mail-class.ts';

/**
 * When a mail arrived, as far as Resend has reported it: a mail host may accept it long after Resend did, and its scanner opens the
 * links then. `delivery`: the table's alias.
 */
export function arrivedAt(delivery: string): RawBuilder<Date | null> {
  const column = (name: string) => sql.ref(`${delivery}.${name}`);
  return sql`coalesce(${column('delivered_at')}, greatest(${column('submitted_at')}, ${column('delayed_at')}))`;
}

/**
 * The same for `delivery` after `joinMailClass`. Where nobody scans, it is when Resend accepted the mail: a vote that the page has
 * called counted must not be held because a report comes later.
 */
export const ARRIVED_AT = sql<Date | null>`
  case when ${MAIL_CLASS} = 'clean' then coalesce(delivery.submitted_at, delivery.delivered_at) else ${arrivedAt('delivery')} end`;
