import { disposableEmailBlocklistSet } from 'disposable-email-domains-js';
import { sql } from 'kysely';
import { getDomain } from 'tldts';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { countedKey } from '../../installation/installation.ts';
import type { OriginKind } from '../../database/schema.ts';
import {
  customerNetworkOf,
  type NetworkAddress,
  parseNetworkAddress,
} from '../../network/network-address.ts';
import { foldMailbox } from '../address/fold-mailbox.ts';
import { isAliasProvider, isLargeProvider } from '../address/mailbox-providers.ts';

const DAY_MS = 86_400_000;
const COHORT_DAYS = 30;

/** What a sign-up that was just confirmed shows about where it came from. */
interface Joined {
  subscriber_id: number;
  email: string;
  domain: string;
  at: Date;
  /** The address that the confirmation came from; undefined if unknown. */
  source: NetworkAddress | undefined;
}

/**
 * Records, as hashes, what a new reader may have in common with others: the networks of the request and of the
 * confirmation, the mailbox behind one of several spellings, and the domain and mail host, unless a large provider has
 * them. An origin is shared only by readers who joined within the same period of 30 days, except for a mailbox, which is
 * one person's for ever. `place` is how many had joined with the origin, this reader included.
 */
export async function recordOrigins(
  context: Pick<Context, 'installation'>,
  tx: Tx,
  joined: Joined,
): Promise<void> {
  await store(context, tx, joined, await listOrigins(tx, joined));
}

/**
 * Like `recordOrigins`, for a reader's new address. That makes nobody a new reader, but several readers may end up with
 * one mailbox.
 */
export async function recordMailbox(
  context: Pick<Context, 'installation'>,
  tx: Tx,
  changed: Pick<Joined, 'subscriber_id' | 'email' | 'at'>,
): Promise<void> {
  await store(context, tx, changed, listMailbox(changed.email));
}

async function store(
  { installation }: Pick<Context, 'installation'>,
  tx: Tx,
  { subscriber_id, at }: Pick<Joined, 'subscriber_id' | 'at'>,
  named: readonly Origin[],
): Promise<void> {
  const origins = named
    .map(({ kind, name }) => ({
      kind,
      key: countedKey(installation, `${kind} ${name}${periodOf(kind, at)}`),
    }))
    // Always in the same order, to avoid deadlocks.
    .toSorted((a, b) => Buffer.compare(a.key, b.key));
  await sql`
    insert into origins (kind, key, readers)
    select kind, key, 1
    from unnest(${origins.map(({ kind }) => kind)}::text[], ${origins.map(({ key }) => key)}::bytea[]) as named (kind, key)
    on conflict (key) do update set readers = origins.readers`.execute(tx);
  // The rows of these origins are now locked, so that readers who join at the same time are counted one after the
  // other.
  await sql`
    with origin as (
      update origins set readers = 1 + (
        select count(*) from reader_origins as known
        where known.origin_id = origins.id and known.subscriber_id <> ${subscriber_id})
      where key = any(${origins.map(({ key }) => key)}::bytea[])
      returning id, readers
    )
    insert into reader_origins (subscriber_id, origin_id, joined_at, place)
    select ${subscriber_id}, id, ${at}, readers from origin
    on conflict (subscriber_id, origin_id) do update set joined_at = excluded.joined_at`.execute(tx);
}

/**
 * The period that an origin belongs to, as part of its name: nothing shows that people who join long after each other
 * belong together.
 */
function periodOf(kind: OriginKind, at: Date): string {
  return kind === 'mailbox' ? '' : ` ${Math.floor(at.getTime() / (COHORT_DAYS * DAY_MS))}`;
}

interface Origin {
  kind: OriginKind;
  name: string;
}

async function listOrigins(tx: Tx, { subscriber_id, email, domain, source }: Joined): Promise<Origin[]> {
  const known = await tx
    .selectFrom('subscribers')
    .leftJoin('consent_sources', (join) =>
      join.onRef('subscriber_id', '=', 'subscribers.id').on('event', '=', 'request'),
    )
    .leftJoin('mail_domains', (join) =>
      join.onRef('mail_domains.domain', '=', 'subscribers.domain').on('known_class', '=', 'unknown'),
    )
    .select(['address', 'mail_host'])
    .where('subscribers.id', '=', subscriber_id)
    .executeTakeFirst();
  const networks = [parseNetworkAddress(known?.address ?? ''), source].flatMap((address) =>
    address ? customerNetworkOf(address) : [],
  );
  return [
    ...[...new Set(networks)].map((name) => ({ kind: 'network' as const, name })),
    ...listMailbox(email),
    ...listHosts(domain, known?.mail_host ?? undefined),
  ];
}

/**
 * An origin only for an address that is one of several spellings of its mailbox; any other address can have only one
 * reader.
 */
function listMailbox(email: string): Origin[] {
  const name = foldMailbox(withoutTag(email));
  return name === email.toLowerCase() ? [] : [{ kind: 'mailbox', name }];
}

/** Most providers, and most companies' mail servers, accept a tag after a plus sign (RFC 5233). */
function withoutTag(email: string): string {
  return email.replace(/^([^+@]+)\+[^@]*@/, '$1@');
}

let disposable: Set<string> | undefined;

function listHosts(domain: string, mailHost: string | undefined): Origin[] {
  // The owner of a domain can have any number of names below it, which the list of disposable domains does not have.
  const registered = getDomain(domain) ?? domain;
  // The library's own check makes this set again for each domain.
  disposable ??= disposableEmailBlocklistSet();
  if (disposable.has(domain) || disposable.has(registered)) {
    return [{ kind: 'disposable', name: 'all' }];
  }
  if (isLargeProvider(domain) && !isAliasProvider(domain)) {
    return [];
  }
  return [
    { kind: 'domain', name: isAliasProvider(domain) ? domain : registered },
    ...(mailHost === undefined || mailHost === registered
      ? []
      : [{ kind: 'mail host' as const, name: mailHost }]),
  ];
}

/**
 * Deletes origins that no longer say anything: all after `crowd_days`, and those of readers who joined before enough
 * others had, once these readers are no longer new. Mailboxes are kept. Also deletes origins of readers who no longer
 * exist.
 */
export async function deleteOldOrigins({ config, db, now }: Context): Promise<void> {
  const { crowd_readers, crowd_days, new_reader_days } = config.judging;
  const before = (days: number) => new Date(now().getTime() - days * DAY_MS);
  await sql`
    delete from reader_origins using origins
    where origins.id = origin_id and kind <> 'mailbox' and (
      joined_at < ${before(crowd_days)} or (place < ${crowd_readers} and joined_at < ${before(new_reader_days)}))`.execute(
    db,
  );
  // The previous release leaves the origins of readers whom it erases.
  await sql`
    delete from reader_origins
    where not exists (select from subscribers where subscribers.id = subscriber_id)`.execute(db);
  await sql`
    delete from origins
    where not exists (select from reader_origins where origin_id = origins.id)`.execute(db);
}
