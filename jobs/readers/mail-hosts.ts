import type { Context } from '../../src/context.ts';
import { lookUpMailHosts } from '../../src/subscribers/mail-hosts/look-up-mail-hosts.ts';
import { openIssues } from '../../src/votes/close/close.ts';
import { judgeCrowds } from '../../src/votes/crowds/judge-crowds.ts';
import { learnMailClasses } from '../../src/votes/learn/learn-mail-classes.ts';

export async function lookUpMailHostsJob(context: Context): Promise<void> {
  while (!context.stopping.aborted && (await lookUpMailHosts(context)) > 0) {
    // Continue with the next domains.
  }
}

/** Learns which domains and mail hosts scan links or press buttons, then judges the crowds of open issues again. */
export async function learnMailClassesJob(context: Context): Promise<void> {
  await learnMailClasses(context);
  for (const { id } of await openIssues(context.db).select('id').execute()) {
    await judgeCrowds(context, id);
  }
}
