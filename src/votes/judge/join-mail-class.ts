import { type RawBuilder, sql } from 'kysely';

/**
 * Joins what is known of the mail host of `reader`, as `mail_domains`, `by_domain` and `by_host`: of the address that a mail of that time
 * went to, whichever they have now.
 */
export function joinMailClass(submittedAt: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    left join lateral (
      select replaced_domain from address_changes
      where address_changes.subscriber_id = reader.id and address_changes.confirmed_at > ${submittedAt} and replaced_domain is not null
      order by address_changes.confirmed_at limit 1) as moved on true
    left join mail_domains on mail_domains.domain = coalesce(moved.replaced_domain, reader.domain)
    left join learned_classes as by_domain on by_domain.scope = 'domain' and by_domain.name = coalesce(moved.replaced_domain, reader.domain)
    left join learned_classes as by_host on by_host.scope = 'mail host' and by_host.name = mail_domains.mail_host`;
}
