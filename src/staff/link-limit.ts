import { recordAudit } from '../audit/audit-log.ts';
import type { Context } from '../context.ts';

const LINK_SENT = 'was sent a link to sign in';

/**
 * At most this many links to one address, whoever asks. A link works for longer than `minutes`, so that somebody who
 * uses up the limit cannot lock the address's owner out.
 */
export const MAX_LINKS = { links: 3, minutes: 10 };

/** Whether another link may be sent to the address now; if so, it is recorded as sent. Called by one job for each address at a time. */
export async function takeLink({ db, now }: Context, address: string): Promise<boolean> {
  const { sent } = await db
    .selectFrom('audit_log')
    .select(({ fn }) => fn.countAll<number>().as('sent'))
    .where('at', '>', new Date(now().getTime() - MAX_LINKS.minutes * 60_000))
    .where('actor', '=', address)
    .where('action', '=', LINK_SENT)
    .executeTakeFirstOrThrow();
  if (sent >= MAX_LINKS.links) {
    return false;
  }
  await recordAudit({ db, now }, { name: address, via: 'studio' }, { action: LINK_SENT });
  return true;
}
