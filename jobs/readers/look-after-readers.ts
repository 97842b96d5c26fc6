import type { Context } from '../../src/context.ts';
import { deleteAddressRequests } from '../../src/subscribers/preferences/change-address.ts';
import { recordVoters } from '../../src/subscribers/engagement/record-voters.ts';
import { eraseUnconfirmed } from '../../src/subscribers/join/erase-unconfirmed.ts';
import { remindUnconfirmed } from '../../src/subscribers/join/remind.ts';
import { sunset } from '../../src/subscribers/engagement/sunset.ts';

/** Daily: reminds unconfirmed sign-ups once and later deletes them, and applies the sunset policy to inactive readers. */
export async function lookAfterReadersJob(context: Context): Promise<void> {
  // First, so that readers who voted today count as active.
  await recordVoters(context);
  await deleteAddressRequests(context);
  const reminded = await repeatUntilZero(() => remindUnconfirmed(context));
  const erased = await eraseUnconfirmed(context);
  context.log.info({ reminded, erased, ...(await sunsetAll(context)) }, 'daily reader maintenance finished');
}

/** Letters for half an hour at Resend's ten calls a second. A list that was never asked before takes several days. */
const MAX_SUNSET_CALLS = 20;

/** Each call asks and stops up to a thousand readers each. */
async function sunsetAll(context: Context): Promise<{ asked: number; stopped: number }> {
  const total = { asked: 0, stopped: 0 };
  for (let call = 0; call < MAX_SUNSET_CALLS; call += 1) {
    const { asked, stopped } = await sunset(context);
    if (asked + stopped === 0) {
      break;
    }
    total.asked += asked;
    total.stopped += stopped;
  }
  return total;
}

/** Each call handles a few readers in a transaction of its own. Returns their total. */
async function repeatUntilZero(act: () => Promise<number>): Promise<number> {
  let sum = 0;
  for (let count = await act(); count > 0; count = await act()) {
    sum += count;
  }
  return sum;
}
