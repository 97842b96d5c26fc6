import type { Context } from '../src/context.ts';
import { forgetAddressRequests } from '../src/subscribers/stay/change-address.ts';
import { recordVoters } from '../src/subscribers/engagement/record-voters.ts';
import { remindUnconfirmed } from '../src/subscribers/join/remind.ts';
import { sunset } from '../src/subscribers/engagement/sunset.ts';

/** Daily: the one reminder of an unconfirmed sign-up, and those who gave no sign for long. */
export async function lookAfterReadersJob(context: Context): Promise<void> {
  // Whoever voted today is not silent.
  await recordVoters(context);
  await forgetAddressRequests(context);
  const reminded = await remindUnconfirmed(context);
  context.log.info({ reminded, ...(await sunset(context)) }, 'readers looked after');
}
