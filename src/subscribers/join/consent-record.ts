import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import type { OriginKind, Row } from '../../database/schema.ts';
import { isPublicAddress, type NetworkAddress } from '../../network/network-address.ts';

/** What is recorded about a reader's current consent, besides their address. */
const CONSENT_COLUMNS = [
  'consent_source',
  'consent_form',
  'consent_wording',
  'requested_at',
  'confirmation_sent_at',
  'confirmed_at',
  'confirmed_by',
] as const;
export type ConsentColumn = Exclude<(typeof CONSENT_COLUMNS)[number], 'confirmed_at'>;

/** Network addresses are kept this long, to show who asked if anybody disputes it. */
const SOURCE_DAYS = 30;

/** Stores a consent that was confirmed, before a new request replaces it. */
export async function keepPastConsent(
  tx: Tx,
  known: Row<'subscribers'> | undefined,
  now: Date,
): Promise<void> {
  if (!known?.confirmed_at) {
    return;
  }
  const consent = Object.fromEntries(CONSENT_COLUMNS.map((column) => [column, known[column]]));
  await tx
    .insertInto('past_consents')
    .values({
      subscriber_id: known.id,
      consent: JSON.stringify(consent),
      // A reader who left, came back and is asked again keeps the time at which they had left.
      ended_at: (known.status === 'suppressed' ? known.suppressed_at : known.unsubscribed_at) ?? now,
    })
    .execute();
}

/** Stores the address that a request or a confirmation came from, if it is known and public. */
export async function recordConsentSource(
  tx: Tx,
  event: Pick<Row<'consent_sources'>, 'subscriber_id' | 'event' | 'at'>,
  source: NetworkAddress | undefined,
): Promise<void> {
  if (!source || !isPublicAddress(source)) {
    return;
  }
  const values = { ...event, address: source.toString() };
  await tx
    .insertInto('consent_sources')
    .values(values)
    .onConflict((conflict) => conflict.columns(['subscriber_id', 'event']).doUpdateSet(values))
    .execute();
}

/** Deletes network addresses after 30 days. */
export async function deleteConsentSources({ db, now }: Context): Promise<void> {
  await db
    .deleteFrom('consent_sources')
    .where('at', '<', new Date(now().getTime() - SOURCE_DAYS * 86_400_000))
    .execute();
}

export interface ConsentRecord {
  consent_sources: Pick<Row<'consent_sources'>, 'event' | 'at' | 'address'>[];
  past_consents: Pick<Row<'past_consents'>, 'consent' | 'ended_at'>[];
  /** The origins of which hashes are kept; see `recordOrigins`. */
  origins: { kind: OriginKind; joined_at: Date }[];
}

/** What is recorded besides the subscriber's own columns; consents and their sources oldest first. */
export async function loadConsentRecord(db: Db, subscriberId: number): Promise<ConsentRecord> {
  const consent_sources = await db
    .selectFrom('consent_sources')
    .select(['event', 'at', 'address'])
    .where('subscriber_id', '=', subscriberId)
    .orderBy('at')
    .execute();
  const past_consents = await db
    .selectFrom('past_consents')
    .select(['consent', 'ended_at'])
    .where('subscriber_id', '=', subscriberId)
    .orderBy('id')
    .execute();
  const origins = await db
    .selectFrom('reader_origins')
    .innerJoin('origins', 'origins.id', 'origin_id')
    .select(['kind', 'joined_at'])
    .where('subscriber_id', '=', subscriberId)
    .orderBy('kind')
    .execute();
  return { consent_sources, past_consents, origins };
}
