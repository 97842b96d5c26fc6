import type { Context } from '../src/context.ts';
import { lookUpMailHosts } from '../src/subscribers/mail-hosts/look-up-mail-hosts.ts';

export async function lookUpMailHostsJob(context: Context): Promise<void> {
  while (!context.stopping.aborted && (await lookUpMailHosts(context)) > 0) {
    // Continue with the next domains.
  }
}
