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
/** A provider's customer may be a building, with several sources. */
const SOURCES_PER_CUSTOMER = 5;
/** Whoever asks more often has several confirmation mails already. */
const MAILS_PER_MAILBOX = 4;
/** Beyond as many requests from one place they are all last; the product stays within PostgreSQL's integers. */
const MOST_REQUESTS = 200;
const PRIORITIES_OF_REQUESTS = 10_000_000;
/** The name under which all mails are counted. */
const TOTAL = 'total';

/**
 * Counts a request from a source, known or not, within the hour: an IPv4 address and its /24, or an IPv6 /64 and its /48.
 * Returns how many there were, the larger share of a limit counting, or undefined beyond it.
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
 * The priority of the mail after this many requests (`countSource`). Whoever asks least often from one place is served first, so that a person does not wait behind somebody's ten thousand; of those
 * who ask equally often, the latest: from many places the first requests of a flood are like a person's, and would be ahead of hers.
 */
export function priorityOf(requests: number, now: Date): number {
  // Tenths of a second: they begin anew only every eleven days.
  const latest = Math.floor(now.getTime() / 100) % PRIORITIES_OF_REQUESTS;
  return latest - Math.min(requests, MOST_REQUESTS) * PRIORITIES_OF_REQUESTS;
}

/** Everybody seems to come from one place if a proxy hides where they come from: staff are told once a day. */
async function reportHiddenSources(context: Context, address: NetworkAddress | undefined): Promise<void> {
  if (address && (isPublicAddress(address) || isLoopbackAddress(address))) {
    return;
  }
  const day = startOf(context.now(), DAY_MS).toISOString().slice(0, 10);
  await context.db.transaction().execute((tx) =>
    notifyStaff(context, tx, `hidden sources ${day}`, {
      title: 'Sign-ups: a proxy hides where they come from',
      message: `More sign-ups than SIGN_UPS_PER_SOURCE allows came from ${address?.toString() ?? 'an unknown address'} within an hour, which is no reader’s address, and the others got no mail. If that is your own proxy, set TRUSTED_PROXIES.`,
    }),
  );
}

/** Thrown inside a sign-up to roll it back: others have used up the hour's limit while it was stored. */
export class HourIsFull extends Error {}

/**
 * Counts a confirmation mail to a mailbox within the day; false beyond that limit, or if the hour's limit for everybody is used up. Staff
 * are told once an hour of the latter.
 */
export async function countForMailbox(context: Context, tx: Tx, email: string): Promise<boolean> {
  const day = startOf(context.now(), DAY_MS);
  if ((await count(context, tx, `mailbox ${foldMailbox(email)}`, day)) > MAILS_PER_MAILBOX) {
    return false;
  }
  const hour = startOf(context.now(), HOUR_MS);
  const total = await tx
    .selectFrom('sign_up_counts')
    .select('requests')
    .where('key', '=', countedKey(context.installation, TOTAL))
    .where('since', '=', hour)
    .executeTakeFirst();
  if ((total?.requests ?? 0) < context.config.signUps.perHour) {
    return true;
  }
  await notifyStaff(context, tx, `sign-ups ${hour.toISOString()}`, {
    title: 'Sign-ups: the limit of an hour is reached',
    message: `More than ${context.config.signUps.perHour} confirmation mails were asked for since ${hour.toISOString()}. No more are sent until the hour is over. If they are real readers, raise SIGN_UPS_PER_HOUR.`,
  });
  return false;
}

/**
 * Counts a confirmation mail to anybody within the hour; throws HourIsFull beyond the limit. Call it last in a transaction: everybody
 * counts in one row, and waits for whoever has counted until that transaction ends.
 */
export async function countForEverybody(context: Context, tx: Tx): Promise<void> {
  if ((await count(context, tx, TOTAL, startOf(context.now(), HOUR_MS))) > context.config.signUps.perHour) {
    throw new HourIsFull('the limit of an hour is reached');
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

/** Deletes counts that no limit looks at any more. */
export async function forgetSignUpCounts({ db, now }: Context): Promise<void> {
  await db
    .deleteFrom('sign_up_counts')
    .where('since', '<', new Date(now().getTime() - DAY_MS))
    .execute();
}
