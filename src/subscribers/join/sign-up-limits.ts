import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { countedKey } from '../../installation/installation.ts';
import {
  customerNetworkOf,
  isLoopbackAddress,
  isPublicAddress,
  type NetworkAddress,
  sourceNetworkOf,
} from '../../network/network-address.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import { foldMailbox } from '../address/fold-mailbox.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** One customer of a network provider may be a building with several sources. */
const SOURCES_PER_CUSTOMER = 5;
/** Whoever asks more often already has several confirmation mails. */
const MAILS_PER_MAILBOX = 4;
/**
 * From this number of requests on, all requests from one place are equally last; its product with the next constant
 * must fit PostgreSQL's integer.
 */
const MAX_RANKED_REQUESTS = 200;
const PRIORITIES_PER_COUNT = 10_000_000;
/** The name under which all mails are counted. */
const TOTAL = 'total';

/**
 * Counts a request within the hour, by its source and by the larger network of the provider's customer: an IPv4 address
 * and its /24, or an IPv6 /64 and its /48; requests from an unknown source are counted together. Returns the higher of
 * the two counts, or undefined if one is beyond its limit.
 */
export async function countSource(
  context: Context,
  address: NetworkAddress | undefined,
): Promise<number | undefined> {
  const { db, config } = context;
  const limit = config.signUps.perSource;
  const since = startOf(context.now(), HOUR_MS);
  const networks: [name: string, limit: number][] = address
    ? [
        [`source ${sourceNetworkOf(address)}`, limit],
        [`customer ${customerNetworkOf(address)}`, limit * SOURCES_PER_CUSTOMER],
      ]
    : [['source unknown', limit]];
  let most = 0;
  for (const [name, max] of networks) {
    const requests = await count(context, db, name, since);
    if (requests > max) {
      await reportHiddenSources(context, address);
      return undefined;
    }
    most = Math.max(most, requests);
  }
  return most;
}

/**
 * The priority of the mail after this many requests (`countSource`). Those who have asked least often from one place
 * are served first, so that nobody has to wait behind somebody else's ten thousand requests. Among those who have asked
 * equally often, the latest is first: the first requests of a flood from many places look like a person's, and would
 * otherwise be ahead of theirs.
 */
export function priorityOf(requests: number, now: Date): number {
  // In tenths of a second, which start again from zero only every eleven days.
  const latest = Math.floor(now.getTime() / 100) % PRIORITIES_PER_COUNT;
  return latest - Math.min(requests, MAX_RANKED_REQUESTS) * PRIORITIES_PER_COUNT;
}

/** If a proxy hides where requests come from, they all seem to come from one place: staff are told once a day. */
async function reportHiddenSources(context: Context, address: NetworkAddress | undefined): Promise<void> {
  if (address && (isPublicAddress(address) || isLoopbackAddress(address))) {
    return;
  }
  const day = startOf(context.now(), DAY_MS).toISOString().slice(0, 10);
  await context.db.transaction().execute((tx) =>
    notifyStaff(context, tx, `hidden sources ${day}`, {
      title: 'Sign-ups: a proxy hides where they come from',
      message: `More sign-ups than SIGN_UPS_PER_SOURCE allows came from ${address?.toString() ?? 'an unknown address'} within an hour. That cannot be a reader’s address, and sign-ups beyond the limit got no mail. If it is your own proxy, set TRUSTED_PROXIES.`,
    }),
  );
}

/** Thrown inside a sign-up to roll it back, if others have used up the hour's limit while it was being stored. */
export class HourlyLimitReached extends Error {}

/**
 * Counts a confirmation mail to a mailbox within the day; returns false beyond that limit, or if the hour's limit for
 * everybody is used up, of which staff are told once an hour.
 */
export async function countForMailbox(context: Context, tx: Tx, email: string): Promise<boolean> {
  const hour = startOf(context.now(), HOUR_MS);
  const total = await tx
    .selectFrom('sign_up_counts')
    .select('requests')
    .where('key', '=', countedKey(context.installation, TOTAL))
    .where('since', '=', hour)
    .executeTakeFirst();
  if ((total?.requests ?? 0) < context.config.signUps.perHour) {
    const day = startOf(context.now(), DAY_MS);
    return (await count(context, tx, `mailbox ${foldMailbox(email)}`, day)) <= MAILS_PER_MAILBOX;
  }
  // A request that gets no mail is not one of the mailbox's own.
  await notifyStaff(context, tx, `sign-ups ${hour.toISOString()}`, {
    title: 'Sign-ups: the hourly limit is reached',
    message: `${context.config.signUps.perHour} confirmation mails have been requested since ${hour.toISOString()}, and no more are sent until the hour is over. If these are real readers, raise SIGN_UPS_PER_HOUR.`,
  });
  return false;
}

/**
 * Counts a confirmation mail to anybody within the hour; throws HourlyLimitReached beyond the limit. Call it last in a
 * transaction: all transactions count in one row, so others wait until this one ends.
 */
export async function countForEverybody(context: Context, tx: Tx): Promise<void> {
  if ((await count(context, tx, TOTAL, startOf(context.now(), HOUR_MS))) > context.config.signUps.perHour) {
    throw new HourlyLimitReached('the hourly limit is reached');
  }
}

async function count({ installation }: Context, db: Db | Tx, name: string, since: Date): Promise<number> {
  const { rows } = await sql<{ requests: number }>`
    insert into sign_up_counts (key, since, requests) values (${countedKey(installation, name)}, ${since}, 1)
    on conflict (key, since) do update set requests = sign_up_counts.requests + 1
    returning requests`.execute(db);
  return rows[0]!.requests;
}

function startOf(now: Date, period_ms: number): Date {
  return new Date(Math.floor(now.getTime() / period_ms) * period_ms);
}

/** Deletes counts that no limit needs any more. */
export async function deleteOldSignUpCounts({ db, now }: Context): Promise<void> {
  await db
    .deleteFrom('sign_up_counts')
    .where('since', '<', new Date(now().getTime() - DAY_MS))
    .execute();
}
