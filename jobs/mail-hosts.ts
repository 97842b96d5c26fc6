import type { Context } from '../src/context.ts';
import { lookUpMailHosts } from '../src/subscribers/mail-hosts/look-up-mail-hosts.ts';
import { learnMailClasses } from '../src/votes/learn/learn-mail-classes.ts';

/** Which hosts receive readers' mail. */
export async function lookUpMailHostsJob(context: Context): Promise<void> {
  while (!context.stopping.aborted && (await lookUpMailHosts(context)) > 0) {
    // Continue with the next domains.
  }
}

/** Which of them scan links. */
export async function learnMailClassesJob(context: Context): Promise<void> {
  await learnMailClasses(context);
}
