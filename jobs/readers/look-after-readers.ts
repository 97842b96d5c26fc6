import type { Context } from '../../src/context.ts';
import { deleteAddressRequests } from '../../src/subscribers/preferences/change-address.ts';
import { recordVoters } from '../../src/subscribers/engagement/record-voters.ts';
import { forgetUnconfirmed } from '../../src/subscribers/join/forget-unconfirmed.ts';
import { remindUnconfirmed } from '../../src/subscribers/join/remind.ts';
import { sunset } from '../../src/subscribers/engagement/sunset.ts';

/** Daily: reminds unconfirmed sign-ups once and later deletes them, and applies the sunset policy to inactive readers. */
export async function lookAfterReadersJob(context: Context): Promise<void> {
  // First, so that readers who voted today count as active.
  await recordVoters(context);
  await deleteAddressRequests(context);
  const reminded = await repeatUntilZero(() => remindUnconfirmed(context));
  const forgotten = await forgetUnconfirmed(context);
  context.log.info({ reminded, forgotten, ...(await sunset(context)) }, 'daily reader maintenance finished');
}

/** Each call handles a few readers in a transaction of its own. Returns their total. */
async function repeatUntilZero(act: () => Promise<number>): Promise<number> {
  let sum = 0;
  for (let count = await act(); count > 0; count = await act()) {
    sum += count;
  }
  return sum;
}
