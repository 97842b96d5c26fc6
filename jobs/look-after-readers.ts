import type { Context } from '../src/context.ts';
import { remindUnconfirmed } from '../src/subscribers/remind.ts';
import { sunset } from '../src/subscribers/sunset.ts';

/** Daily: the one reminder of an unconfirmed sign-up, and those who gave no sign for long. */
export async function lookAfterReadersJob(context: Context): Promise<void> {
  const reminded = await remindUnconfirmed(context);
  context.log.info({ reminded, ...(await sunset(context)) }, 'readers looked after');
}
