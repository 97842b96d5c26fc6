import { sql } from 'kysely';
import { mapAtMost } from '../../concurrency/map-at-most.ts';
import type { Context } from '../../context.ts';
import { findMailHost } from './_known-mail-hosts.ts';

const CONCURRENCY = 20;
const MAX_DOMAINS = 500;
const REFRESH_AFTER_DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * Looks up the MX records of readers' domains that are new or were looked up over 30 days ago, at most MAX_DOMAINS of
 * them. Returns the number of domains; one without a mail host is `unknown`, and is looked up again the next day.
 */
export async function lookUpMailHosts(context: Context): Promise<number> {
  const domains = await listDomains(context);
  await mapAtMost(CONCURRENCY, domains, (domain) => lookUp(context, domain));
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
        eb('looked_up_at', '<', new Date(now().getTime() - REFRESH_AFTER_DAYS * DAY_MS)),
        eb('mail_host', 'is', null).and('looked_up_at', '<', new Date(now().getTime() - DAY_MS)),
      ]),
    )
    .limit(MAX_DOMAINS)
    .execute();
  return rows.map(({ domain }) => domain);
}

async function lookUp({ db, now, resolveMx }: Context, domain: string): Promise<void> {
  const mx = await resolveMx(domain);
  const host = mx && findMailHost(mx);
  const row = {
    mail_host: host?.name ?? null,
    known_class: host?.known_class ?? 'unknown',
    looked_up_at: now(),
  };
  // A resolver that fails says nothing: what is known stays, and the domain is looked up again the next day.
  const again = new Date(now().getTime() - (REFRESH_AFTER_DAYS - 1) * DAY_MS);
  await db
    .insertInto('mail_domains')
    .values({ domain, ...row })
    .onConflict((conflict) =>
      conflict.column('domain').doUpdateSet(
        mx
          ? row
          : ({ ref }) => ({
              looked_up_at: sql<Date>`case when ${ref('mail_domains.mail_host')} is null then ${now()}::timestamptz else ${again}::timestamptz end`,
            }),
      ),
    )
    .execute();
}
