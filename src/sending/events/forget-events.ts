import { sql } from 'kysely';
import type { Context } from '../../context.ts';

/** Resend repeats an event for a day or two; what it says of a mail is in the delivery. */
const EVENT_DAYS = 90;
const AT_ONCE = 10_000;

/** Deletes Resend's events after 90 days, in portions, so that none that arrives waits for it. */
export async function forgetEvents({ db, now }: Context): Promise<void> {
  const before = new Date(now().getTime() - EVENT_DAYS * 86_400_000);
  for (;;) {
    // The oldest rows are the first of the table, so that each portion but the last reads little.
    const { numAffectedRows } = await sql`
      delete from webhook_events where ctid = any(array(
        select ctid from webhook_events where received_at < ${before} limit ${AT_ONCE}))`.execute(db);
    if (Number(numAffectedRows ?? 0) < AT_ONCE) {
      return;
    }
  }
}
