import { type RawBuilder, sql } from 'kysely';
import type { MailClass } from '../../database/schema.ts';

/**
 * Joins what is known about the mail host of `reader`, as `mail_domains`, `by_domain` and `by_host`. It is the host of
 * the address that a mail submitted at `submittedAt` went to, even if the reader has another address now.
 */
export function joinMailClass(submittedAt: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    left join lateral (
      select replaced_domain from address_changes
      where address_changes.subscriber_id = reader.id and address_changes.confirmed_at > ${submittedAt} and replaced_domain is not null
      order by address_changes.confirmed_at limit 1) as moved on true
    left join mail_domains on mail_domains.domain = coalesce(moved.replaced_domain, reader.domain)
    ${joinLearned('by_domain', 'domain', sql`coalesce(moved.replaced_domain, reader.domain)`)}
    ${joinLearned('by_host', 'mail host', sql`mail_domains.mail_host`)}`;
}

/** In SQL, after `joinMailClass`. */
export const MAIL_CLASS = sql<MailClass>`coalesce(by_domain.class, by_host.class, mail_domains.known_class, 'unknown')`;

function joinLearned(
  alias: string,
  scope: 'domain' | 'mail host',
  name: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`
    left join lateral (
      select class from learned_classes where scope = ${sql.lit(scope)} and name = ${name}
      offset 0 /* forces an index lookup per reader, whatever the table's statistics say */) as ${sql.ref(alias)} on true`;
}
