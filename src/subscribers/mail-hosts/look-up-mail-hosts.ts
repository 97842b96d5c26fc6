import { getDomain } from 'tldts';
import type { Context } from '../../context.ts';
import { classifyMailHosts } from './_known-mail-hosts.ts';

const AT_ONCE = 20;
const BATCH = 500;
const KEEP_DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * Looks up the MX records of readers' domains that are not known or were looked up a month ago, at most BATCH of them.
 * Returns how many were; a domain without an answer is unknown, and asked for again the next day.
 */
export async function lookUpMailHosts(context: Context): Promise<number> {
  const domains = await listDomains(context);
  const waiting = [...domains];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let domain = waiting.pop(); domain !== undefined; domain = waiting.pop()) {
        await lookUp(context, domain);
      }
    }),
  );
  return domains.length;
}

async function listDomains({ db, now }: Context): Promise<string[]> {
  const rows = await db
    .selectFrom('subscribers')
    .leftJoin('mail_domains', 'mail_domains.domain', 'subscribers.domain')
    .select('subscribers.domain')
    .distinct()
    .where('subscribers.status', 'in', ['pending', 'active'])
    .where(({ or, eb }) =>
      or([
        eb('looked_up_at', 'is', null),
        eb('looked_up_at', '<', new Date(now().getTime() - KEEP_DAYS * DAY_MS)),
        eb('mail_host', 'is', null).and('looked_up_at', '<', new Date(now().getTime() - DAY_MS)),
      ]),
    )
    .limit(BATCH)
    .execute();
  return rows.map(({ domain }) => domain);
}

async function lookUp({ db, now, resolveMx }: Context, domain: string): Promise<void> {
  const mx = await resolveMx(domain);
  const row = {
    // The registrable domain stands for all hosts of one operator.
    mail_host: mx[0] === undefined ? null : (getDomain(mx[0]) ?? mx[0]),
    known_class: classifyMailHosts(mx),
    looked_up_at: now(),
  };
  await db
    .insertInto('mail_domains')
    .values({ domain, ...row })
    .onConflict((conflict) => conflict.column('domain').doUpdateSet(row))
    .execute();
}
